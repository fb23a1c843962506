#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "server/storage/host_addresses.hpp"

namespace vigie::storage {

/// Limits of the connections to PostgreSQL. Counts of connections are per reactor; one more, for
/// probes and cancellations, belongs to the process.
struct DatabaseOptions {
  /// Connection string or postgresql:// URL. Names of hosts are looked up beside the reactors, at
  /// each attempt to connect; all their addresses are tried.
  std::string conninfo;
  /// Of that conninfo, shared by all who connect with these options. `with_addresses` makes it.
  std::shared_ptr<HostAddresses> addresses;
  std::string application_name = "vigie";

  std::size_t shared_connections = 1;
  /// Queries sent and unanswered on one shared connection; over it kOverloaded.
  std::size_t shared_in_flight_max = 1024;
  std::size_t leased_connections = 4;
  /// How many of the leased ones slow reads may hold at a time, so that they cannot keep writes
  /// waiting.
  std::size_t slow_connections = 1;
  /// How many of them one caller may hold; over it the caller waits, whatever is free.
  std::size_t leased_per_caller_max = 2;
  /// Fibers that wait for a leased connection, for writes and for slow reads each; over it
  /// kOverloaded.
  std::size_t lease_waiters_max = 256;
  /// Of one caller; over it kShareExceeded.
  std::size_t lease_waiters_per_caller_max = 64;
  /// Waiting longer than this for a connection is kOverloaded, however far the deadline is.
  std::chrono::milliseconds lease_wait_max{2'000};

  std::chrono::milliseconds connect_timeout{1'000};
  /// First and longest pause between attempts to connect.
  std::chrono::milliseconds reconnect_pause_min{50};
  std::chrono::milliseconds reconnect_pause_max{500};

  /// Cap for statements on leased connections; the request's deadline may shorten it.
  std::chrono::milliseconds statement_timeout{5'000};
  /// Cap for statements on shared connections: as long can one query delay those behind it.
  std::chrono::milliseconds shared_statement_timeout{1'000};
  /// Cap for the wait for a row lock.
  std::chrono::milliseconds lock_timeout{2'000};
  /// A transaction that does nothing for so long is ended by the server: its owner hangs.
  std::chrono::milliseconds idle_in_transaction_timeout{30'000};
  /// Statements prepared on one connection; further ones are planned at each call.
  std::size_t prepared_statements_max = 256;

  std::chrono::milliseconds probe_interval{1'000};
  std::chrono::milliseconds probe_timeout{500};
  /// A connection that owes an answer for so long causes a probe at once.
  std::chrono::milliseconds stall_suspected_after{250};
};

/// A caller's share of so many places: at least one.
inline std::size_t half_of(std::size_t places) noexcept { return places > 1 ? places / 2 : 1; }

inline DatabaseOptions with_addresses(DatabaseOptions options) {
  if (!options.addresses) {
    options.addresses = std::make_shared<HostAddresses>(options.conninfo);
  }
  return options;
}

}  // namespace vigie::storage
