#include "server/storage/wait_queue.hpp"

#include <utility>

namespace vigie::storage {

using domain::Caller;

WaitQueue::Outcome WaitQueue::wait_until(net::TimePoint deadline, const Caller& caller) {
  Waiter waiter;
  waiters_.push(caller, &waiter);
  ++size_;
  if (waiter.parking.wait_until(deadline) == net::Wake::kTimedOut) {
    const auto before = waiters_.leave(&waiter);
    waiter.outcome.is_behind_own = before && *before > 0 && !(caller == Caller{});
  }
  --size_;
  return std::move(waiter.outcome);
}

bool WaitQueue::offer(Connection& connection, const std::function<bool(const Caller&)>& takes) {
  const auto waiter = waiters_.next(takes);
  if (!waiter) return false;
  (*waiter)->outcome.connection = &connection;
  (*waiter)->parking.notify();  // it may run, and wait anew, before this returns
  return true;
}

void WaitQueue::refuse_all(const domain::Error& error) {
  for (Waiter* const waiter : waiters_.take_all()) {
    waiter->outcome.refusal = error;
    waiter->parking.notify();
  }
}

}  // namespace vigie::storage
