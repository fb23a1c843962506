#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "server/domain/caller.hpp"

namespace vigie::net {

// The small interface through which everything above the network waits. A request runs as plain
// synchronous code on a fiber; when it must wait it parks, and its reactor thread goes on with
// other work. A fiber stays on its thread. Never hold a lock or a thread_local reference across a
// wait.

using TimePoint = std::chrono::steady_clock::time_point;

enum class Wake : std::uint8_t { kNotified, kTimedOut };

struct Readiness {
  bool readable = false;
  bool writable = false;
  bool hung_up = false;
};

/// One reactor thread's event loop. All members but `post` are called on the loop's own thread.
class EventLoop {
 public:
  using Task = std::function<void()>;
  using TimerId = std::uint64_t;

  virtual ~EventLoop() = default;

  /// The loop of the calling thread; null on threads that are none.
  static EventLoop* current() noexcept;

  /// 0 … number of loops in the runtime − 1: the index of per-reactor state.
  virtual std::size_t index() const noexcept = 0;
  /// Runs `task` on this loop soon. Thread-safe, never blocks on I/O. False once the loop has
  /// stopped.
  virtual bool post(Task task) = 0;
  /// Starts a fiber that runs `body`; it runs until its first wait before `spawn` returns. False
  /// when the limit of fibers is reached: nothing was started.
  virtual bool spawn(Task body) = 0;
  /// Calls `ready` whenever `fd` is ready, level-triggered, until `unwatch`. Watching an fd again
  /// replaces its interest and callback.
  virtual void watch(int fd, Readiness interest, std::function<void(Readiness)> ready) = 0;
  /// Must be called before the fd is closed or, where a library closes it itself, before the loop's
  /// thread opens another one.
  virtual void unwatch(int fd) = 0;
  /// Runs `task` once at `when` or up to a millisecond later.
  virtual TimerId call_at(TimePoint when, Task task) = 0;
  /// Unknown and past ids are ignored.
  virtual void cancel(TimerId timer) = 0;
  /// Runs `task` once after the batch of events now being handled: the point to flush what was
  /// gathered meanwhile in one system call.
  virtual void at_turn_end(Task task) = 0;
};

/// A fiber's parking place. Made by the fiber, on its stack; it parks there with `wait_until`, and
/// something else on the same thread wakes it with `notify`. A notify before the wait is kept.
class Parking {
 public:
  Parking() = default;
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;

  /// Suspends the calling fiber. Off a fiber this is a programmer error.
  Wake wait_until(TimePoint deadline);
  /// Wakes the waiting fiber (it resumes before notify returns or at the end of the turn).
  void notify();

 private:
  void* fiber_ = nullptr;
  bool is_notified_ = false;
};

/// True when the caller runs on a fiber, that is, when it may wait.
bool on_fiber() noexcept;

/// Suspends the calling fiber.
void sleep_until(TimePoint when);

/// Made by a fiber that holds what others wait for (a transaction on one of the few leased
/// connections): as long as one lives, that fiber must not wait for anything slow. Destroyed on the
/// thread that made it.
class ScarceHold {
 public:
  ScarceHold() noexcept;
  ~ScarceHold() { --holds_; }
  ScarceHold(const ScarceHold&) = delete;
  ScarceHold& operator=(const ScarceHold&) = delete;

 private:
  int& holds_;
};

/// Whether the calling fiber has such a hold. Whatever may be slow asserts that it has none.
bool holds_scarce() noexcept;

/// A bounded pool of threads for what burns CPU or must block (argon2id, hashing of big bodies).
/// Thread-safe.
class CpuPool {
 public:
  enum class Outcome : std::uint8_t { kDone, kRefused, kTimedOut };

  virtual ~CpuPool() = default;
  /// Runs `work` on a pool thread while the calling fiber, which has no ScarceHold, waits; callers
  /// take turns. kRefused: the queue is full, work was not started. kTimedOut: the deadline passed
  /// first; work may still run later or be skipped, so it must own (share) all it touches.
  Outcome run(std::function<void()> work, TimePoint deadline, const domain::Caller& caller = {}) {
    return run_for(caller, std::move(work), deadline);
  }

  struct Load {
    std::size_t threads = 0;
    std::size_t busy = 0;
    std::size_t queued = 0;
    std::size_t queue_capacity = 0;
  };
  virtual Load load() const = 0;

 private:
  virtual Outcome run_for(const domain::Caller& caller, std::function<void()> work,
                          TimePoint deadline) = 0;
};

}  // namespace vigie::net
