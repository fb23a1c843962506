#pragma once

#include <cstdint>
#include <functional>

#include "server/net/waiting.hpp"

namespace vigie::net {

// How something is done on another loop while the caller waits for it.

/// What is called once, on any thread, when that which was begun is done.
using Done = std::function<void()>;

enum class RunOutcome : std::uint8_t {
  kDone,
  kStopped,   // the loop stopped before: it was not begun, or will never be done
  kTimedOut,  // it may be done later
};

/// Calls `begin` on the loop and blocks the calling thread, which must not be a reactor, until it
/// has called the function it is given. With kTimedOut what `begin` refers to must live on.
RunOutcome begin_on(EventLoop& loop, std::function<void(Done)> begin,
                    TimePoint deadline = TimePoint::max());

/// Runs `task` on the loop in the same way. False: the loop has stopped, and `task` was not run.
bool run_on(EventLoop& loop, const EventLoop::Task& task);

/// Runs `close` on the loop, and waits until nothing that was due at the end of that turn is left.
/// On a loop that has stopped nothing runs any more: then `close` is run here.
void close_on(EventLoop& loop, const EventLoop::Task& close);

enum class CallOutcome : std::uint8_t { kDone, kStopped, kNoFiber, kTimedOut };

/// Runs `body` on a fiber of the loop `there` while the calling fiber, of another loop or the same
/// one, waits. With kTimedOut `body` still runs: it owns (shares) all it touches.
CallOutcome call_on_fiber(EventLoop& there, EventLoop::Task body, TimePoint deadline);

}  // namespace vigie::net
