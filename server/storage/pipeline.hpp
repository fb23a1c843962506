#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <unordered_set>

#include "server/storage/answer.hpp"
#include "server/storage/query.hpp"

struct pg_conn;
struct pg_result;

namespace vigie::storage {

/// The statements in flight on one open connection in libpq's pipeline mode. Each flight ends with
/// its own Sync, so that it has its own error scope and, unless it begins a transaction, is one.
/// Prepares statements when they are first sent. Used on one thread.
class Pipeline {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `connection` is established, and outlives the pipeline.
  Pipeline(pg_conn* connection, std::size_t prepared_max);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Sends the statements as one flight. A null reply: nobody waits. False when the connection is
  /// broken: `lose` must follow, which answers this flight too.
  bool send(std::span<const Statement> statements, Reply* reply);
  /// Takes what has arrived. False when the connection is broken.
  bool receive();
  /// Hands unsent bytes to the socket.
  enum class Flush { kDone, kPending, kBroken };
  Flush flush();

  /// Numbers a connection's flights in the order in which they are sent, from 1.
  using FlightNumber = std::uint64_t;

  /// The reply will not be touched again; its answer is dropped when it comes. Pre: it is in
  /// flight. Returns the number of its flight.
  FlightNumber abandon(const Reply& reply);
  bool is_in_flight(FlightNumber flight) const noexcept;
  /// The flight is the one that the server is executing, as far as can be known here.
  bool is_executing(FlightNumber flight) const noexcept;
  /// A cancellation is under way: it may hit any flight that has been sent. Such a flight's answer
  /// is lost, not a failure of its own.
  void expect_cancel();
  /// The connection is gone: answers and forgets all flights.
  void lose(const domain::Error& error);

  std::size_t in_flight() const noexcept { return flights_.size(); }
  /// While something is in flight: when the server last answered, or was first asked.
  TimePoint waiting_since() const noexcept { return waiting_since_; }

 private:
  enum class Step { kPrepare, kRun, kSync };
  struct Command {
    Step step;
    StatementId statement;
  };
  struct Flight {
    FlightNumber number;
    Reply* reply;
    bool has_failed = false;
    bool may_be_cancelled = false;
  };

  bool send(const Statement& statement);
  bool prepare(const Query& query, const Parameters& parameters);
  void take(pg_result* result);
  void take_error(Rows result);
  void finish_flight();

  pg_conn* connection_;
  std::size_t prepared_max_;
  std::unordered_set<StatementId> prepared_;
  std::deque<Command> commands_;
  std::deque<Flight> flights_;
  FlightNumber last_flight_ = 0;
  TimePoint waiting_since_{};
};

}  // namespace vigie::storage
