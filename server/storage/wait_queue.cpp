#include "server/storage/wait_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vigie::storage {

using domain::Caller;

WaitQueue::Outcome WaitQueue::wait_until(net::TimePoint deadline, const Caller& caller) {
  Waiter waiter{.caller = caller};
  line_of(caller).push_back(&waiter);
  ++size_;
  if (waiter.parking.wait_until(deadline) == net::Wake::kTimedOut) leave(waiter);
  --size_;
  return std::move(waiter.outcome);
}

/// A caller that comes anew is behind all others but the one that was served last: one that asks
/// without end has its next request there already.
WaitQueue::Line& WaitQueue::line_of(const Caller& caller) {
  const auto is_of = [](const Caller& one) {
    return [&one](const Line& line) {
      return std::any_of(line.begin(), line.end(),
                         [&](const Waiter* waiter) { return waiter->caller.is_one_with(one); });
    };
  };
  const auto own = std::find_if(lines_.begin(), lines_.end(), is_of(caller));
  if (own != lines_.end()) return *own;
  const bool is_last_served_waiting =
      !lines_.empty() && last_served_ && is_of(*last_served_)(lines_.back());
  return *lines_.emplace(is_last_served_waiting ? std::prev(lines_.end()) : lines_.end());
}

void WaitQueue::leave(Waiter& waiter) {
  for (auto line = lines_.begin(); line != lines_.end(); ++line) {
    const auto place = std::find(line->begin(), line->end(), &waiter);
    if (place == line->end()) continue;
    waiter.outcome.is_behind_own = place != line->begin() && !(waiter.caller == Caller{});
    line->erase(place);
    if (line->empty()) lines_.erase(line);
    return;
  }
}

bool WaitQueue::offer(Connection& connection, const std::function<bool(const Caller&)>& takes) {
  for (auto line = lines_.begin(); line != lines_.end(); ++line) {
    const auto place = std::find_if(line->begin(), line->end(),
                                    [&](const Waiter* each) { return takes(each->caller); });
    if (place == line->end()) continue;
    Waiter& waiter = **place;
    line->erase(place);
    lines_.splice(lines_.end(), lines_, line);
    if (line->empty()) lines_.erase(line);
    served(waiter.caller);
    waiter.outcome.connection = &connection;
    waiter.parking.notify();  // it may run, and wait anew, before this returns
    return true;
  }
  return false;
}

void WaitQueue::refuse_all(const domain::Error& error) {
  const std::list<Line> refused = std::exchange(lines_, {});
  for (const Line& line : refused) {
    for (Waiter* const waiter : line) {
      waiter->outcome.refusal = error;
      waiter->parking.notify();
    }
  }
}

}  // namespace vigie::storage
