#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "server/domain/caller.hpp"
#include "server/domain/result.hpp"
#include "server/domain/turns.hpp"
#include "server/net/waiting.hpp"

namespace vigie::storage {

class Connection;

/// Fibers that wait for a connection; their callers take turns. Used on one thread.
class WaitQueue {
 public:
  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  bool empty() const noexcept { return waiters_.empty(); }
  /// Fibers that wait, or are about to go on.
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
  void served(const domain::Caller& caller) { waiters_.served(caller); }
  void refuse_all(const domain::Error& error);

 private:
  struct Waiter {
    net::Parking parking;
    Outcome outcome;
  };

  domain::Turns<Waiter*> waiters_;
  std::size_t size_ = 0;
};

}  // namespace vigie::storage
