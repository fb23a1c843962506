#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/result.hpp"
#include "server/storage/connection.hpp"
#include "server/storage/pool_metrics.hpp"
#include "server/storage/usage.hpp"
#include "server/storage/wait_queue.hpp"

namespace vigie::storage {

/// The connections of one reactor that short reads share. Used on its thread.
class SharedLane : private ConnectionOwner {
 public:
  SharedLane(net::EventLoop& loop, const DatabaseOptions& options, PoolMetrics& metrics);

  /// The connection with the fewest in flight, for one query that is sent at once. Waits only for
  /// a connection that is just being opened.
  domain::Result<Connection*> pick(net::TimePoint deadline);

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
  struct Slot {
    Connection connection;
    Usage usage;
  };

  void connection_ready(Connection& connection, std::chrono::duration<double> opening) override;
  void connection_lost(Connection& connection, std::string_view why) override;
  void connection_idle(Connection& connection) override;

  Slot& slot_of(const Connection& connection);
  Slot* least_loaded();
  bool is_hopeful() const;
  domain::Result<Connection*> take(Slot& slot);

  const DatabaseOptions& options_;
  PoolMetrics& metrics_;
  WaitQueue waiters_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace vigie::storage
