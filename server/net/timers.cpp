#include "server/net/timers.hpp"

namespace vigie::net {

void TimerQueue::schedule(Timer& timer, TimePoint when) {
  if (!timer.is_scheduled()) {
    timer.when_ = when;
    heap_.push_back(&timer);
    timer.slot_ = heap_.size() - 1;
    sift_up(timer.slot_);
    return;
  }
  timer.when_ = when;
  sift_up(timer.slot_);
  sift_down(timer.slot_);
}

void TimerQueue::cancel(Timer& timer) {
  if (!timer.is_scheduled()) return;
  const std::size_t slot = timer.slot_;
  timer.slot_ = Timer::kNoSlot;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(last, slot);
  sift_up(slot);
  sift_down(last->slot_);
}

void TimerQueue::expire(TimePoint now) {
  // What is scheduled by a callback for a time already past would otherwise keep us here for ever:
  // the bound is the number of timers there were.
  for (std::size_t left = heap_.size(); left > 0 && !heap_.empty(); --left) {
    Timer& timer = *heap_.front();
    if (timer.when_ > now) return;
    cancel(timer);
    timer.expired_();
  }
}

TimePoint TimerQueue::next() const noexcept {
  return heap_.empty() ? TimePoint::max() : heap_.front()->when_;
}

void TimerQueue::sift_up(std::size_t slot) {
  Timer* timer = heap_[slot];
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / 2;
    if (heap_[parent]->when_ <= timer->when_) break;
    place(heap_[parent], slot);
    slot = parent;
  }
  place(timer, slot);
}

void TimerQueue::sift_down(std::size_t slot) {
  Timer* timer = heap_[slot];
  for (;;) {
    std::size_t child = 2 * slot + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
    if (timer->when_ <= heap_[child]->when_) break;
    place(heap_[child], slot);
    slot = child;
  }
  place(timer, slot);
}

void TimerQueue::place(Timer* timer, std::size_t slot) {
  heap_[slot] = timer;
  timer->slot_ = slot;
}

}  // namespace vigie::net
