#pragma once

#include <chrono>

#include "server/domain/context.hpp"
#include "server/net/waiting.hpp"
#include "server/storage/options.hpp"
#include "server/storage/query.hpp"

namespace vigie::storage {

inline constexpr Query kBegin{.name = QueryName::kTransactionBegin,
                              .sql = "BEGIN",
                              .operation = "BEGIN",
                              .lane = Lane::kWrite,
                              .statement = statement_of(QueryName::kTransactionBegin)};
/// What undo() goes back to.
inline constexpr Query kSavepoint{.name = QueryName::kTransactionSavepoint,
                                  .sql = "SAVEPOINT unit",
                                  .operation = "SAVEPOINT",
                                  .lane = Lane::kWrite,
                                  .statement = statement_of(QueryName::kTransactionSavepoint)};
inline constexpr Query kUndo{.name = QueryName::kTransactionUndo,
                             .sql = "ROLLBACK TO SAVEPOINT unit",
                             .operation = "ROLLBACK",
                             .lane = Lane::kWrite};
inline constexpr Query kRollBack{.name = QueryName::kTransactionUndo,
                                 .sql = "ROLLBACK",
                                 .operation = "ROLLBACK",
                                 .lane = Lane::kWrite};
inline constexpr Query kCommit{.name = QueryName::kTransactionCommit,
                               .sql = "COMMIT",
                               .operation = "COMMIT",
                               .lane = Lane::kWrite,
                               .statement = statement_of(QueryName::kTransactionCommit)};
/// For the rest of the transaction; of one statement too, since a flight is one.
inline constexpr Query kSetTimeouts{
    .name = QueryName::kSetTimeouts,
    .sql =
        "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true), "
        "set_config('enable_seqscan', $3, true)",
    .operation = "SELECT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSetTimeouts)};

/// When a call of this context must end: background work without a deadline does not wait for ever
/// either.
net::TimePoint deadline_of(const domain::Context& context, const DatabaseOptions& options);

/// The values of kSetTimeouts: what is left until the deadline, under the caps; and whether tables
/// may be read from end to end.
Parameters timeouts_until(net::TimePoint deadline, const DatabaseOptions& options,
                          bool is_by_index = false);

}  // namespace vigie::storage
