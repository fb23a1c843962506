#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "server/net/waiting.hpp"

namespace vigie::net {

/// Something that happens once at a time. Lives in its owner; scheduling it allocates nothing once
/// the queue has grown. Must be cancelled before it is destroyed.
class Timer {
 public:
  explicit Timer(std::function<void()> expired) : expired_(std::move(expired)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_scheduled() const noexcept { return slot_ != kNoSlot; }
  TimePoint when() const noexcept { return when_; }

 private:
  friend class TimerQueue;
  static constexpr std::size_t kNoSlot = std::numeric_limits<std::size_t>::max();

  std::function<void()> expired_;
  TimePoint when_{};
  std::size_t slot_ = kNoSlot;
};

/// A binary heap of timers in which each knows its place, so that moving and cancelling one costs
/// O(log n) and dead entries never pile up. Used on one thread.
class TimerQueue {
 public:
  /// Schedules, or moves an already scheduled timer.
  void schedule(Timer& timer, TimePoint when);
  void cancel(Timer& timer);
  /// Runs what is due at `now`, earliest first: at most as many timers as there were at the call.
  void expire(TimePoint now);
  /// The earliest time, or TimePoint::max().
  TimePoint next() const noexcept;
  bool empty() const noexcept { return heap_.empty(); }

 private:
  void sift_up(std::size_t slot);
  void sift_down(std::size_t slot);
  void place(Timer* timer, std::size_t slot);

  std::vector<Timer*> heap_;
};

}  // namespace vigie::net
