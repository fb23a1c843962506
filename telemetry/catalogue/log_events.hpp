#pragma once

#include <array>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_event_type.hpp"

/// Every log event: name, severity, constant message, the attributes it may carry. A new one is its
/// line here and in kAll.
namespace vigie::telemetry::log_events {

using namespace attributes;
using enum Severity;

// clang-format off
inline constexpr LogEventType kHttpRequest{"http.request", kInfo, "request answered",
    {&kHttpRequestMethod, &kHttpRoute, &kUrlPath, &kHttpResponseStatusCode, &kHttpRequestDuration, &kHttpRequestBodySize, &kHttpResponseBodySize,
     &kClientAddress, &kUserAgent, &kUserId, &kErrorCode, &kErrorType, &kRateLimitScope, &kSuppressed, &kNetworkProtocolVersion}};
inline constexpr LogEventType kHttpProbe{"http.probe", kDebug, "probe answered",
    {&kHttpRequestMethod, &kHttpRoute, &kUrlPath, &kHttpResponseStatusCode, &kHttpRequestDuration, &kErrorCode}};
inline constexpr LogEventType kServerStarted{"server.started", kInfo, "server takes requests",
    {&kServerAddress, &kServerPort, &kAdminPort, &kProcessPid, &kThreadCount}};
inline constexpr LogEventType kServerStopping{"server.stopping", kInfo, "server drains its requests", {&kReason}};
inline constexpr LogEventType kServerStopped{"server.stopped", kInfo, "server stopped", {&kReason}};
inline constexpr LogEventType kReadinessChanged{"readiness.changed", kInfo, "readiness changed", {&kReady, &kReason}};
inline constexpr LogEventType kConfigChanged{"config.changed", kInfo, "setting changed at run time", {&kSettingName, &kSettingValue, &kReason}};
inline constexpr LogEventType kConfigFault{"config.fault", kError, "setting refused", {&kSettingName, &kDetail}};
inline constexpr LogEventType kDbUnavailable{"db.unavailable", kError, "database does not answer", {&kErrorType, &kDbResponseStatusCode, &kDetail}};
inline constexpr LogEventType kDbRecovered{"db.recovered", kInfo, "database answers again", {&kDetail}};
inline constexpr LogEventType kDbQueryFailed{"db.query_failed", kWarn, "database query failed",
    {&kDbQuerySummary, &kDbResponseStatusCode, &kErrorType, &kDetail}};
inline constexpr LogEventType kBlobUnavailable{"blob.unavailable", kError, "store of contents takes nothing", {&kBlobStore, &kErrorType, &kDetail}};
inline constexpr LogEventType kBlobRecovered{"blob.recovered", kInfo, "store of contents takes contents again", {&kBlobStore}};
inline constexpr LogEventType kBlobOrphanRemoved{"blob.orphan_removed", kInfo, "stored content that nothing named was removed", {&kBlobKey, &kReason}};
inline constexpr LogEventType kBlobOperationFailed{"blob.operation_failed", kWarn, "store of contents failed",
    {&kBlobStore, &kBlobOperation, &kBlobKey, &kErrorType, &kDetail}};
inline constexpr LogEventType kBackupDone{"backup.done", kInfo, "backup taken", {&kBackupKey, &kBackupBytes}};
inline constexpr LogEventType kBackupVerified{"backup.verified", kInfo, "backup restored without a fault", {&kBackupKey}};
inline constexpr LogEventType kBackupFailed{"backup.failed", kError, "backup could not be taken, or not be restored", {&kReason, &kDetail}};
inline constexpr LogEventType kMediaProcessFailed{"media.process_failed", kWarn, "no previews could be made", {&kMediaId, &kReason, &kDetail}};
inline constexpr LogEventType kInternalError{"internal.error", kError, "unexpected failure",
    {&kErrorType, &kExceptionType, &kExceptionMessage, &kHttpRoute, &kDetail}};
inline constexpr LogEventType kAccountChanged{"account.changed", kInfo, "account was changed",
    {&kAccountId, &kAccountChange, &kUserId, &kClientAddress}};
inline constexpr LogEventType kAuthReuseDetected{"auth.reuse_detected", kWarn, "refresh token was used twice; its session has ended",
    {&kUserId, &kClientAddress}};
inline constexpr LogEventType kAuthFailed{"auth.failed", kInfo, "sign-in refused", {&kReason, &kClientAddress}};
inline constexpr LogEventType kAuthKeysRotated{"auth.keys_rotated", kInfo, "signing keys changed", {&kReason, &kDetail}};
inline constexpr LogEventType kExportFailed{"telemetry.export_failed", kWarn, "telemetry could not be exported",
    {&kSignal, &kErrorType, &kHttpResponseStatusCode, &kDroppedCount, &kDetail}};
inline constexpr LogEventType kExportRecovered{"telemetry.export_recovered", kInfo, "telemetry is exported again", {&kSignal}};
inline constexpr LogEventType kLedger{"telemetry.ledger", kInfo, "account of telemetry records at shutdown",
    {&kSignal, &kLedgerCreated, &kLedgerExported, &kLedgerSampledOut, &kDroppedCount, &kLedgerQueued, &kLedgerSpooled}};
inline constexpr LogEventType kSpoolRecovered{"telemetry.spool_recovered", kInfo, "telemetry that an earlier process left on disk will be exported", {&kSignal, &kLedgerSpooled}};
inline constexpr LogEventType kSpoolFailed{"telemetry.spool_failed", kWarn, "telemetry could not be written to disk", {&kSignal, &kDetail}};
inline constexpr LogEventType kSpoolCorrupt{"telemetry.spool_corrupt", kWarn, "damaged segment of the spool was set aside", {&kSignal, &kDroppedCount}};
inline constexpr AttributeList kOfJobRun{&kJobId, &kJobKind, &kJobLane, &kJobAttempt, &kJobAttemptsMax, &kJobWait, &kJobRunDuration, &kJobPause,
    &kJobWorker, &kErrorType, &kDetail};
inline constexpr LogEventType kJobStarted{"job.started", kDebug, "job started",
    {&kJobId, &kJobKind, &kJobLane, &kJobAttempt, &kJobWait}};
inline constexpr LogEventType kJobDone{"job.done", kInfo, "job done", kOfJobRun};
inline constexpr LogEventType kJobRetried{"job.retried", kWarn, "job failed and will be run again", kOfJobRun};
inline constexpr LogEventType kJobFailed{"job.failed", kError, "job failed for good and waits for an operator", kOfJobRun};
inline constexpr LogEventType kJobLost{"job.lost", kWarn, "worker lost its job", kOfJobRun};
inline constexpr LogEventType kMediaCompleted{"media.completed", kInfo, "upload completed", {&kMediaId, &kMediaType, &kMediaBytes}};
inline constexpr LogEventType kMediaDeleted{"media.deleted", kInfo, "media deleted", {&kMediaId, &kMediaType, &kMediaBytes}};
inline constexpr LogEventType kMediaRestored{"media.restored", kInfo, "media restored", {&kMediaId, &kMediaType, &kMediaBytes}};
inline constexpr LogEventType kMediaPurged{"media.purged", kInfo, "step of a purge", {&kMediaId, &kReason}};
inline constexpr LogEventType kJobReleased{"job.released", kInfo, "operator had a job run again", {&kJobId, &kJobKind, &kJobLane}};
inline constexpr LogEventType kJobDiscarded{"job.discarded", kInfo, "operator discarded a job", {&kJobId, &kJobKind, &kJobLane, &kErrorType}};
inline constexpr LogEventType kSchedulerLeaderChanged{"scheduler.leader", kInfo, "process began or ceased to schedule the tasks", {&kSchedulerLeader, &kJobWorker}};

inline constexpr auto kAll = std::to_array<const LogEventType*>({
    &kHttpRequest,
    &kHttpProbe,
    &kServerStarted,
    &kServerStopping,
    &kServerStopped,
    &kReadinessChanged,
    &kConfigChanged,
    &kConfigFault,
    &kDbUnavailable,
    &kDbRecovered,
    &kDbQueryFailed,
    &kBlobUnavailable,
    &kBlobRecovered,
    &kBlobOrphanRemoved,
    &kBlobOperationFailed,
    &kMediaCompleted,
    &kMediaDeleted,
    &kMediaRestored,
    &kMediaPurged,
    &kBackupDone,
    &kBackupVerified,
    &kBackupFailed,
    &kMediaProcessFailed,
    &kInternalError,
    &kAccountChanged,
    &kAuthReuseDetected,
    &kAuthFailed,
    &kAuthKeysRotated,
    &kExportFailed,
    &kExportRecovered,
    &kLedger,
    &kSpoolRecovered,
    &kSpoolFailed,
    &kSpoolCorrupt,
    &kJobStarted,
    &kJobDone,
    &kJobRetried,
    &kJobFailed,
    &kJobLost,
    &kJobReleased,
    &kJobDiscarded,
    &kSchedulerLeaderChanged,
});
// clang-format on

}  // namespace vigie::telemetry::log_events
