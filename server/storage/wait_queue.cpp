#include "server/storage/wait_queue.hpp"

#include <algorithm>

namespace vigie::storage {

WaitQueue::Outcome WaitQueue::wait_until(net::TimePoint deadline) {
  Waiter waiter;
  waiters_.push_back(&waiter);
  if (waiter.parking.wait_until(deadline) == net::Wake::kTimedOut) {
    waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &waiter));
  }
  return std::move(waiter.outcome);
}

void WaitQueue::give_first(Connection& connection) {
  Waiter& waiter = *waiters_.front();
  waiters_.pop_front();
  waiter.outcome.connection = &connection;
  waiter.parking.notify();
}

void WaitQueue::refuse_all(const domain::Error& error) {
  for (; !waiters_.empty(); waiters_.pop_front()) {
    waiters_.front()->outcome.refusal = error;
    waiters_.front()->parking.notify();
  }
}

}  // namespace vigie::storage
