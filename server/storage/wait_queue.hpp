#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"

namespace vigie::storage {

class Connection;

/// Fibers that wait for a connection, first come first served. Used on one thread.
class WaitQueue {
 public:
  explicit WaitQueue(std::size_t waiters_max) : waiters_max_(waiters_max) {}
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  bool empty() const noexcept { return waiters_.empty(); }
  bool is_full() const noexcept { return waiters_.size() >= waiters_max_; }

  /// Suspends the calling fiber until it is given a connection or refused, or the time is over:
  /// then there is neither.
  struct Outcome {
    Connection* connection = nullptr;
    std::optional<domain::Error> refusal;
  };
  Outcome wait_until(net::TimePoint deadline);

  /// Pre: not empty.
  void give_first(Connection& connection);
  void refuse_all(const domain::Error& error);

 private:
  struct Waiter {
    net::Parking parking;
    Outcome outcome;
  };

  std::size_t waiters_max_;
  std::deque<Waiter*> waiters_;
};

}  // namespace vigie::storage
