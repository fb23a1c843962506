#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/storage/parameters.hpp"

namespace vigie::storage {

/// Every query that exists: the closed set of db.query.summary in metrics and spans.
enum class QueryName : std::uint8_t {
  kAccountsInsert,
  kAccountsFind,
  kAccountsFindByEmail,
  kAccountsReplacePasswordHash,
  kAccountsList,
  kAccountsSetPasswordHash,
  kAccountsDisable,
  kAccountsEnable,
  kAccountsErase,
  kAccountsRecord,
  kAccountsHistory,
  kSessionsInsert,
  kSessionsRotate,
  kSessionsRepeat,
  kSessionsDetectReuse,
  kSessionsRevokeFamily,
  kSessionsRevokeAll,
  kSessionsEndedAfter,
  kSessionsRemoveExpired,
  kSessionsRemoveEndedFamilies,
  kAllowancesTake,
  kAllowancesGiveBack,
  kAllowancesIsKnown,
  kAllowancesRemember,
  kAllowancesRemoveExpired,
  kAllowancesForgetAddresses,
  kResetsInsertFor,
  kResetsInsert,
  kResetsFind,
  kResetsUse,
  kResetsForgetAll,
  kResetsRemoveExpired,
  kEventsInsert,
  kEventsFind,
  kEventsList,
  kEventsSearch,
  kEventsUpdate,
  kEventsRemove,
  kEventsRemoveDrafts,
  kIdempotencyFind,
  kIdempotencyClaim,
  kIdempotencyAnswer,
  kIdempotencyRemoveExpired,
  kJobsEnqueue,
  kJobsClaim,
  kJobsRenew,
  kJobsFinish,
  kJobsRetry,
  kJobsFail,
  kJobsGiveBack,
  kJobsNotify,
  kJobsPromote,
  kJobsRecover,
  kBlobsFindReferenced,
  kBlobsAny,
  kMediaInsert,
  kMediaBytesUsed,
  kMediaFind,
  kMediaList,
  kMediaListOfEvent,
  kMediaLock,
  kMediaParts,
  kMediaBeginPart,
  kMediaFinishPart,
  kMediaSetVerified,
  kMediaComplete,
  kMediaUpdate,
  kMediaForget,
  kMediaExpiredUploads,
  kMediaCounts,
  kBlobsLock,
  kBlobsFind,
  kBlobsRemove,
  kBackupsInsert,
  kBackupsList,
  kBackupsVerified,
  kBackupsRemove,
  kJobsList,
  kJobsFind,
  kJobsRelease,
  kJobsDiscard,
  kJobsCounts,
  kTasksTakeDue,
  kTasksLastSuccesses,
  kTransactionBegin,
  kTransactionUndo,
  kTransactionCommit,
  kSetTimeouts,
  kTransactionSavepoint,
  kHealthProbe,
  kHealthCancel,
  kDiagnostic,
};

inline constexpr std::array<std::string_view, 92> kQueryNames = {
    "accounts.insert",
    "accounts.find",
    "accounts.find_by_email",
    "accounts.replace_password_hash",
    "accounts.list",
    "accounts.set_password_hash",
    "accounts.disable",
    "accounts.enable",
    "accounts.erase",
    "accounts.record",
    "accounts.history",
    "sessions.insert",
    "sessions.rotate",
    "sessions.repeat",
    "sessions.detect_reuse",
    "sessions.revoke_family",
    "sessions.revoke_all",
    "sessions.ended_after",
    "sessions.remove_expired",
    "sessions.remove_ended_families",
    "allowances.take",
    "allowances.give_back",
    "allowances.is_known",
    "allowances.remember",
    "allowances.remove_expired",
    "allowances.forget_addresses",
    "resets.insert_for",
    "resets.insert",
    "resets.find",
    "resets.use",
    "resets.forget_all",
    "resets.remove_expired",
    "events.insert",
    "events.find",
    "events.list",
    "events.search",
    "events.update",
    "events.remove",
    "events.remove_drafts",
    "idempotency.find",
    "idempotency.claim",
    "idempotency.answer",
    "idempotency.remove_expired",
    "jobs.enqueue",
    "jobs.claim",
    "jobs.renew",
    "jobs.finish",
    "jobs.retry",
    "jobs.fail",
    "jobs.give_back",
    "jobs.notify",
    "jobs.promote",
    "jobs.recover",
    "blobs.find_referenced",
    "blobs.any",
    "media.insert",
    "media.bytes_used",
    "media.find",
    "media.list",
    "media.list_of_event",
    "media.lock",
    "media.parts",
    "media.begin_part",
    "media.finish_part",
    "media.set_verified",
    "media.complete",
    "media.update",
    "media.forget",
    "media.expired_uploads",
    "media.counts",
    "blobs.lock",
    "blobs.find",
    "blobs.remove",
    "backups.insert",
    "backups.list",
    "backups.verified",
    "backups.remove",
    "jobs.list",
    "jobs.find",
    "jobs.release",
    "jobs.discard",
    "jobs.counts",
    "tasks.take_due",
    "tasks.last_successes",
    "transaction.begin",
    "transaction.undo",
    "transaction.commit",
    "transaction.set_timeouts",
    "transaction.savepoint",
    "health.probe",
    "health.cancel",
    "diagnostic",
};

static_assert(kQueryNames.size() == static_cast<std::size_t>(QueryName::kDiagnostic) + 1);

constexpr std::string_view name_of(QueryName name) noexcept {
  return kQueryNames[static_cast<std::size_t>(name)];
}

/// On which connection a query runs outside a transaction.
enum class Lane : std::uint8_t {
  kShared,  // short reads: pipelined with others on a shared connection
  kSlow,    // reads that may be slow: lease one of the few connections set aside for them
  kWrite,   // lease a connection
};

/// Identifies a statement among those prepared on a connection. 0: never prepared, planned with its
/// values at each call, because for some statements a plan for all values is a bad plan.
using StatementId = std::uint16_t;

constexpr StatementId statement_of(QueryName name) noexcept {
  return static_cast<StatementId>(static_cast<unsigned>(name) + 1);
}
/// Ids from here on are the shapes of the event list.
inline constexpr StatementId kFirstListStatement = 0x1000;

/// A statement with its name. `sql` outlives every use; one StatementId always has the same text.
struct Query {
  QueryName name = QueryName::kDiagnostic;
  std::string_view sql;
  /// The SQL command, for db.operation.name.
  std::string_view operation;
  Lane lane = Lane::kShared;
  /// Sent again, once, when the connection is lost before its answer.
  bool is_read = false;
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
