#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"
#include "server/storage/answer.hpp"
#include "server/storage/health_monitor.hpp"
#include "server/storage/lease_pool.hpp"
#include "server/storage/shared_lane.hpp"

namespace vigie::storage {

/// All connections of one reactor, and the waiting of its fibers for their answers. Used on its
/// thread. Owned by the database; tasks on their way between threads hold weak pointers.
class Station : public std::enable_shared_from_this<Station> {
 public:
  /// What it asks of the health monitor, which lives on another thread.
  struct Calls {
    std::function<void()> suspect;
    /// `done` is called on this station's loop.
    std::function<void(int backend, HealthMonitor::Delivered done)> cancel;
  };

  Station(net::EventLoop& loop, const DatabaseOptions& options, PoolMetrics& shared_metrics,
          PoolMetrics& leased_metrics, Calls calls);

  net::EventLoop& loop() noexcept { return loop_; }
  /// Thread-safe.
  std::shared_ptr<const LeaseShares> shares() const { return leased_.shares(); }
  void open();
  void close();
  /// While down, nothing is sent: who asks is refused at once, and so are those who wait.
  void set_down(bool is_down, const std::string& why);

  // On a fiber:
  domain::Result<Connection*> pick_shared(net::TimePoint deadline);
  domain::Result<Lease> lease(Lane lane, const domain::Caller& caller, net::TimePoint deadline);
  /// Sends the statements as one flight and waits for the answer. When the deadline passes first,
  /// what is running is cancelled.
  Answer ask(Connection& connection, std::span<const Statement> statements,
             net::TimePoint deadline);

 private:
  /// A flight of one opening of a connection that nobody waits for any more.
  struct Abandoned {
    Connection& connection;
    std::uint64_t generation;
    Connection::FlightNumber flight;
  };
  void see_off(const Abandoned& abandoned);
  void cancel(const Abandoned& abandoned);
  void cancelled(const Abandoned& abandoned, bool is_certain);
  void watch_for_stalls();
  void look_for_stalls();

  net::EventLoop& loop_;
  const DatabaseOptions& options_;
  Calls calls_;
  SharedLane shared_;
  LeasePool leased_;
  bool is_down_ = false;
  bool is_watching_ = false;
  net::EventLoop::TimerId timer_ = 0;
};

}  // namespace vigie::storage
