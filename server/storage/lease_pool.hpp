#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/domain/result.hpp"
#include "server/storage/connection.hpp"
#include "server/storage/lease_shares.hpp"
#include "server/storage/pool_metrics.hpp"
#include "server/storage/query.hpp"
#include "server/storage/usage.hpp"
#include "server/storage/wait_queue.hpp"

namespace vigie::storage {

class LeasePool;

/// A connection that is the holder's alone until the lease ends. It may be lost meanwhile.
class Lease {
 public:
  Lease(LeasePool& pool, Connection& connection)
      : pool_(&pool), connection_(&connection), generation_(connection.generation()) {}
  Lease(Lease&& other) noexcept
      : pool_(other.pool_),
        connection_(std::exchange(other.connection_, nullptr)),
        generation_(other.generation_) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  /// Null when the connection has been lost since the lease began.
  Connection* connection() const noexcept {
    const bool is_same = connection_->is_ready() && connection_->generation() == generation_;
    return is_same ? connection_ : nullptr;
  }

 private:
  LeasePool* pool_;
  Connection* connection_;
  std::uint64_t generation_;
};

/// The connections of one reactor that are leased: for writes, transactions, and reads that may be
/// slow, of which only so many get one at a time. A caller holds no more than its share of them,
/// and waits beyond it while others get the rest. Used on its thread, but for `shares`.
class LeasePool : private ConnectionOwner {
 public:
  LeasePool(net::EventLoop& loop, const DatabaseOptions& options, PoolMetrics& metrics);

  /// Waits for a free connection until `deadline`, but not longer than the longest wait allowed.
  /// `lane` is kWrite or kSlow. kShareExceeded for who waited in vain because of its own requests,
  /// or has its share of the queue.
  domain::Result<Lease> acquire(Lane lane, const domain::Caller& caller, net::TimePoint deadline);
  /// Owned by the pool and by whoever exports them.
  std::shared_ptr<const LeaseShares> shares() const { return shares_; }

  void open();
  void close();
  /// The server has gone silent: everybody who waits, for a connection or an answer, is refused,
  /// and connections that owe an answer are given up.
  void give_up(const std::string& why);
  void hurry();
  template <typename Visit>
  void each(Visit visit) {
    for (const auto& slot : slots_) visit(slot->connection);
  }

 private:
  friend class Lease;

  enum class Holder : std::uint8_t { kNobody, kCaller, kSettling };
  struct Slot {
    Connection connection;
    Usage usage;
    Holder holder = Holder::kNobody;
    domain::SharePool::Place place;
    domain::SharePool::Place slow_place;  // of a slow read
  };

  void connection_ready(Connection& connection, std::chrono::duration<double> opening) override;
  void connection_lost(Connection& connection, std::string_view why) override;
  void connection_idle(Connection& connection) override;

  domain::Result<Lease> wait(Lane lane, const domain::Caller& caller, net::TimePoint deadline);
  domain::Error refuse_to_queue(domain::ShareRefusal why);
  domain::Error no_connection_in_time(net::TimePoint deadline);
  void release(Connection& connection);
  void settle(Slot& slot);
  void vacate(Slot& slot);
  void serve_waiters();
  void serve_waiters(Lane lane);
  /// False: the caller has its share. Pre: the slot is free.
  bool occupy(Slot& slot, Lane lane, const domain::Caller& caller);
  Slot& slot_of(const Connection& connection);
  Slot* free_slot();
  bool may_begin(Lane lane, const domain::Caller& caller) const;
  bool has_its_share(Lane lane, const domain::Caller& caller) const;
  bool is_hopeless() const;
  WaitQueue& waiters(Lane lane) { return lane == Lane::kSlow ? slow_waiters_ : write_waiters_; }
  domain::SharePool& waiting(Lane lane) {
    return lane == Lane::kSlow ? shares_->slow.waiting : shares_->leased.waiting;
  }

  const DatabaseOptions& options_;
  PoolMetrics& metrics_;
  WaitQueue write_waiters_;
  WaitQueue slow_waiters_;
  std::shared_ptr<LeaseShares> shares_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace vigie::storage
