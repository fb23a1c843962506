#pragma once

#include <cstdint>
#include <string_view>

#include "server/storage/parameters.hpp"

namespace vigie::storage {

/// On which connection a query runs outside a transaction.
enum class Lane : std::uint8_t {
  kShared,  // short reads: pipelined with others on a shared connection
  kSlow,    // reads that may be slow: lease one of the few connections set aside for them
  kWrite,   // lease a connection
};

/// Identifies a statement among those prepared on a connection. 0: never prepared, planned with its
/// values at each call, because for some statements a plan for all values is a bad plan.
using StatementId = std::uint16_t;

/// Ids from here on are the shapes of the event list, those below the places in sql::kQueries.
inline constexpr StatementId kFirstListStatement = 0x1000;

/// The name of what only tests, operators and sessions beside the pools ask.
inline constexpr std::string_view kDiagnostic = "diagnostic";

/// A statement with its name; a value over literals. Those of server/storage/sql/ are made by
/// cmake/embed_sql.cmake. `sql` outlives every use; one StatementId always has the same text.
struct Query {
  /// db.query.summary in metrics and spans, from the closed set of QueryMetrics.
  std::string_view name = kDiagnostic;
  std::string_view sql;
  /// The SQL command, for db.operation.name.
  std::string_view operation;
  Lane lane = Lane::kShared;
  /// Sent again, once, when the connection is lost before its answer.
  bool is_read = false;
  /// Never asked of the pools: it travels with others, or has a connection of its own.
  bool is_aside = false;
  /// Leased lanes only: the planner reads no table from end to end while an index can help.
  bool is_by_index = false;
  StatementId statement = 0;
};

/// A query with its values: one of those that go out in one round trip.
struct Statement {
  const Query& query;
  const Parameters& parameters;
};

}  // namespace vigie::storage
