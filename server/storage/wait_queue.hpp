#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <optional>

#include "server/domain/caller.hpp"
#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"

namespace vigie::storage {

class Connection;

/// Fibers that wait for a connection. Callers take turns, each with its oldest request: whoever was
/// served last comes last, however many requests of it wait. Used on one thread.
class WaitQueue {
 public:
  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  bool empty() const noexcept { return lines_.empty(); }
  std::size_t size() const noexcept { return size_; }

  /// Suspends the calling fiber until it is given a connection or refused, or the time is over:
  /// then there is neither.
  struct Outcome {
    Connection* connection = nullptr;
    std::optional<domain::Error> refusal;
    /// The time was over while older requests of the same caller, not of this program, waited
    /// before it.
    bool is_behind_own = false;
  };
  Outcome wait_until(net::TimePoint deadline, const domain::Caller& caller);

  /// Gives the connection to the first in turn that `takes` it; false: nobody does.
  bool offer(Connection& connection, const std::function<bool(const domain::Caller&)>& takes);
  /// One that has not waited was served.
  void served(const domain::Caller& caller) { last_served_ = caller; }
  void refuse_all(const domain::Error& error);

 private:
  struct Waiter {
    domain::Caller caller;
    net::Parking parking;
    Outcome outcome;
  };
  /// Of one caller, by any of its addresses and accounts; never empty.
  using Line = std::deque<Waiter*>;

  Line& line_of(const domain::Caller& caller);
  void leave(Waiter& waiter);

  std::list<Line> lines_;  // in the order of their turns
  std::size_t size_ = 0;   // fibers that wait, or are about to go on
  std::optional<domain::Caller> last_served_;
};

}  // namespace vigie::storage
