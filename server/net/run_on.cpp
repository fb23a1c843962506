#include "server/net/run_on.hpp"

#include <future>
#include <memory>
#include <optional>
#include <utility>

namespace vigie::net {
namespace {

/// Shared by the fibers of both loops: the caller may leave at its deadline.
struct Call {
  std::optional<CallOutcome> outcome;
  /// On the caller's stack; null when it has left. Touched on the caller's loop alone.
  Parking* caller = nullptr;
};

void answer(EventLoop& home, const std::shared_ptr<Call>& call, CallOutcome outcome) {
  home.post([call, outcome] {
    call->outcome = outcome;
    if (call->caller != nullptr) call->caller->notify();
  });
}

}  // namespace

RunOutcome begin_on(EventLoop& loop, std::function<void(Done)> begin, TimePoint deadline) {
  // A loop that stops drops what it has not run, and so breaks the promise.
  auto promise = std::make_shared<std::promise<void>>();
  std::future<void> done = promise->get_future();
  const bool is_posted = loop.post(
      [promise, begin = std::move(begin)] { begin([promise] { promise->set_value(); }); });
  promise.reset();
  if (!is_posted) return RunOutcome::kStopped;
  if (deadline == TimePoint::max()) done.wait();
  if (done.wait_until(deadline) != std::future_status::ready) return RunOutcome::kTimedOut;
  try {
    done.get();
    return RunOutcome::kDone;
  } catch (const std::future_error&) {
    return RunOutcome::kStopped;
  }
}

bool run_on(EventLoop& loop, const EventLoop::Task& task) {
  return begin_on(loop, [&task](const Done& done) {
           task();
           done();
         }) == RunOutcome::kDone;
}

void close_on(EventLoop& loop, const EventLoop::Task& close) {
  const RunOutcome outcome = begin_on(loop, [&loop, &close](const Done& done) {
    close();
    loop.at_turn_end(done);
  });
  if (outcome == RunOutcome::kStopped) close();
}

CallOutcome call_on_fiber(EventLoop& there, EventLoop::Task body, TimePoint deadline) {
  EventLoop& home = *EventLoop::current();
  Parking parking;
  const auto call = std::make_shared<Call>();
  call->caller = &parking;
  const bool is_posted = there.post([&home, &there, call, body = std::move(body)] {
    const bool is_started = there.spawn([&home, call, body] {
      body();
      answer(home, call, CallOutcome::kDone);
    });
    if (!is_started) answer(home, call, CallOutcome::kNoFiber);
  });
  if (!is_posted) return CallOutcome::kStopped;
  while (!call->outcome && parking.wait_until(deadline) == Wake::kNotified) {
  }
  call->caller = nullptr;
  return call->outcome.value_or(CallOutcome::kTimedOut);
}

}  // namespace vigie::net
