#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/domain/share_pool.hpp"
#include "server/net/waiting.hpp"
#include "server/storage/options.hpp"
#include "server/storage/query.hpp"
#include "server/storage/rows.hpp"

namespace vigie::telemetry {
class Gauge;
class Log;
class Metrics;
}  // namespace vigie::telemetry

namespace vigie::storage {

class HealthMonitor;
class Lease;
class QueryMetrics;
class Station;
class Transaction;
struct Answer;
struct PoolMetrics;

/// The way to PostgreSQL. Each reactor has its own connections; `exec` and `begin` are called on
/// their fibers and use those of the reactor they run on.
///
/// What may be expected of a call, whatever happens below: it ends at the context's deadline with
/// kDeadlineExceeded, and what still runs for it is cancelled; while PostgreSQL is away it fails
/// with kUnavailable at once; a read whose connection is lost is sent once more; a write then fails
/// with kUnavailable, and nobody knows whether it took effect.
class Database {
 public:
  /// Starts connecting and returns. The first loop also carries the health probes. `loops` are
  /// running; all arguments outlive the database.
  Database(std::vector<std::reference_wrapper<net::EventLoop>> loops, DatabaseOptions options,
           telemetry::Metrics& metrics, telemetry::Log& log);
  /// Closes all connections. Pre: no fiber is in a call; called on no reactor.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs one query: in the context's unit of work if there is one, else by itself on the lane that
  /// the query names.
  domain::Result<Rows> exec(const domain::Context& context, const Query& query,
                            const Parameters& parameters = {});

  struct Begun {
    std::unique_ptr<Transaction> transaction;
    /// Of the `first` statements.
    std::vector<Rows> rows;
  };
  /// Begins a transaction and runs its first statements, in one round trip, under the name of
  /// `named`. What they did is not taken back by Transaction::undo.
  domain::Result<Begun> begin(const domain::Context& context, const Query& named,
                              std::span<const Statement> first = {});

  /// What callers hold of the connections of all reactors that are leased; `slow` are those of slow
  /// reads among them. The share and the largest are of one reactor. Thread-safe.
  enum class SharedPool : std::uint8_t { kLeased, kSlow };
  struct Share {
    std::string_view name;  // a literal
    std::size_t places = 0;
    std::size_t share = 0;
    domain::SharePool::Load load;
  };
  Share share(SharedPool pool) const;

  /// What the last probe said. Thread-safe.
  bool is_up() const noexcept;

 private:
  friend class Transaction;

  void make_station(net::EventLoop& loop);
  void health_changed(bool is_up, std::string_view why);
  Station& station();

  Answer exec_shared(const domain::Context& context, const Statement& statement);
  Answer exec_leased(const domain::Context& context, const Statement& statement);
  /// Runs the statements on a connection that the caller has leased.
  Answer exec_on(const Lease& lease, const domain::Context& context, const Query& named,
                 std::span<const Statement> statements);

  std::vector<std::reference_wrapper<net::EventLoop>> loops_;
  DatabaseOptions options_;
  telemetry::Log& log_;
  std::unique_ptr<QueryMetrics> query_metrics_;
  std::unique_ptr<PoolMetrics> shared_metrics_;
  std::unique_ptr<PoolMetrics> leased_metrics_;
  telemetry::Gauge& up_;
  /// Owned here; tasks between the loops hold weak pointers.
  std::shared_ptr<HealthMonitor> monitor_;
  std::vector<std::shared_ptr<Station>> stations_;
};

}  // namespace vigie::storage
