#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "server/net/fiber.hpp"
#include "server/net/poller.hpp"
#include "server/net/runtime.hpp"
#include "server/net/timers.hpp"
#include "server/net/waiting.hpp"

namespace vigie::net {

/// One event loop and its thread. A turn is: the events of one epoll_wait, then the fibers they
/// made ready, then the turn-end tasks, until neither is left.
class Reactor final : public EventLoop {
 public:
  Reactor(std::size_t index, const RuntimeOptions& options);
  ~Reactor() override;

  static Reactor* current() noexcept;

  std::size_t index() const noexcept override { return index_; }
  bool post(Task task) override;
  bool spawn(Task body) override;
  void watch(int fd, Readiness interest, std::function<void(Readiness)> ready) override;
  void unwatch(int fd) override;
  TimerId call_at(TimePoint when, Task task) override;
  void cancel(TimerId timer) override;
  void at_turn_end(Task task) override;

  /// For server/net: a handler that must live until the end of the turn in which it is removed.
  Poller& poller() noexcept { return poller_; }
  TimerQueue& timers() noexcept { return timers_; }
  /// When this turn began.
  TimePoint turn_began_at() const noexcept { return turn_began_at_; }
  /// Resumes `fiber` in this turn, or in the next when called outside one.
  void make_ready(Fiber& fiber);
  /// Suspends the calling fiber until the next turn, so that others get theirs.
  void yield_turn();
  bool is_stopping() const noexcept { return is_stopping_; }

  /// Thread-safe, as is join. Not for the reactor's own thread.
  void request_stop();
  void join();

  void count_exception() noexcept { uncaught_exceptions_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t uncaught_exceptions() const noexcept {
    return uncaught_exceptions_.load(std::memory_order_relaxed);
  }
  std::size_t fibers_running() const noexcept {
    return fibers_running_.load(std::memory_order_relaxed);
  }
  std::size_t fibers_pooled() const noexcept {
    return fibers_pooled_.load(std::memory_order_relaxed);
  }

 private:
  class Watch;
  class Wakeup;
  class Alarm;
  struct CalledTimer;

  void run();
  void end_turn();
  void resume_ready_fibers();
  void run_turn_end_tasks();
  void run_posted();
  void run_guarded(const Task& task);
  void call(TimerId timer);
  void begin_stop();

  const std::size_t index_;
  std::atomic<std::uint64_t> uncaught_exceptions_{0};
  std::atomic<std::size_t> fibers_running_{0};
  std::atomic<std::size_t> fibers_pooled_{0};
  Poller poller_;
  TimerQueue timers_;
  FiberPool fibers_;
  std::vector<Fiber*> ready_fibers_;
  std::vector<Task> turn_end_tasks_;
  TimePoint turn_began_at_{};
  bool is_stopping_ = false;
  TimePoint patience_ends_{};

  std::unordered_map<int, std::unique_ptr<Watch>> watches_;
  std::unordered_map<TimerId, std::unique_ptr<CalledTimer>> called_timers_;
  // Kept until the turn ends, because they may be on the call stack.
  std::vector<std::unique_ptr<Watch>> removed_watches_;
  std::vector<std::unique_ptr<CalledTimer>> spent_timers_;
  TimerId last_timer_id_ = 0;

  std::unique_ptr<Alarm> alarm_;
  std::unique_ptr<Wakeup> wakeup_;

  std::mutex posted_mutex_;
  std::vector<Task> posted_;    // guarded by posted_mutex_
  bool accepts_posts_ = true;   // guarded by posted_mutex_
  bool wakeup_is_due_ = false;  // guarded by posted_mutex_

  std::thread thread_;  // last: it uses everything above
};

}  // namespace vigie::net
