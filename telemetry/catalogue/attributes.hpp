#pragma once

#include <array>

#include "telemetry/attribute.hpp"

/// Every attribute of spans and log events. Names of OpenTelemetry's semantic conventions come
/// first; `vigie.` names only for what has none. A new one is its line here and in kAll.
namespace vigie::telemetry::attributes {

using enum AttributeKind;

// clang-format off
inline constexpr AttributeKey kAccountChange{"vigie.account.change", kString, "What was done to an account, of a closed list"};
inline constexpr AttributeKey kAccountId{"vigie.account.id", kString, "Id of the account that something was done to"};
inline constexpr AttributeKey kAdminPort{"vigie.admin.port", kInteger, "Port of the admin listener"};
inline constexpr AttributeKey kAzureErrorCode{"vigie.azure.error_code", kString, "Answered in x-ms-error-code"};
inline constexpr AttributeKey kAzureRequestId{"azure.service.request.id", kString, "Answered in x-ms-request-id: Azure's support asks for it"};
inline constexpr AttributeKey kBackupBytes{"vigie.backup.bytes", kInteger, "Size of a backup"};
inline constexpr AttributeKey kBackupKey{"vigie.backup.key", kString, "Name of a backup in the store of contents"};
inline constexpr AttributeKey kBlobKey{"vigie.blob.key", kString, "Key of a stored content; never built from what a client sent"};
inline constexpr AttributeKey kBlobOperation{"vigie.blob.operation", kString, "What was asked of the store of contents"};
inline constexpr AttributeKey kBlobStore{"vigie.blob.store", kString, "Store of contents: disk or azure"};
inline constexpr AttributeKey kClientAddress{"client.address", kString, "Address of the client, as the outermost trusted hop saw it"};
inline constexpr AttributeKey kConnectionWait{"vigie.db.connection.wait", kDouble, "Seconds waited for a database connection"};
inline constexpr AttributeKey kCorrelationId{"vigie.correlation_id", kString, "Correlation id of the request, as answered in X-Correlation-ID"};
inline constexpr AttributeKey kDbOperationName{"db.operation.name", kString, "SQL command, such as SELECT"};
inline constexpr AttributeKey kDbPoolName{"db.client.connection.pool.name", kString, "Pool of database connections: shared or leased"};
inline constexpr AttributeKey kDbQuerySummary{"db.query.summary", kString, "Name of the query in storage"};
inline constexpr AttributeKey kDbResponseStatusCode{"db.response.status_code", kString, "SQLSTATE"};
inline constexpr AttributeKey kDbReturnedRows{"db.response.returned_rows", kInteger, "Rows returned by the query"};
inline constexpr AttributeKey kDbSystemName{"db.system.name", kString, "Always postgresql"};
inline constexpr AttributeKey kDetail{"vigie.detail", kString, "Explanation for the operator; never holds a secret or a body"};
inline constexpr AttributeKey kDroppedCount{"vigie.dropped_count", kInteger, "Records dropped"};
inline constexpr AttributeKey kErrorCode{"vigie.error.code", kString, "Stable code of the problem document that was answered"};
inline constexpr AttributeKey kErrorType{"error.type", kString, "Stable, low-cardinality reason of the failure"};
inline constexpr AttributeKey kExceptionMessage{"exception.message", kString, "Text of an unexpected exception; never built from what a client sent"};
inline constexpr AttributeKey kExceptionType{"exception.type", kString, "Type of an unexpected exception"};
inline constexpr AttributeKey kHttpRequestBodySize{"http.request.body.size", kInteger, "Bytes of the request body"};
inline constexpr AttributeKey kHttpRequestDuration{"http.server.request.duration", kDouble, "Seconds from the first byte of the request to the answer"};
inline constexpr AttributeKey kHttpRequestMethod{"http.request.method", kString, "Method; unknown ones are _OTHER"};
inline constexpr AttributeKey kHttpResendCount{"http.request.resend_count", kInteger, "How many times the request was sent before"};
inline constexpr AttributeKey kHttpResponseBodySize{"http.response.body.size", kInteger, "Bytes of the response body"};
inline constexpr AttributeKey kHttpResponseStatusCode{"http.response.status_code", kInteger, "Status of the answer"};
inline constexpr AttributeKey kHttpRoute{"http.route", kString, "Route template, never the path"};
inline constexpr AttributeKey kJobAttempt{"vigie.job.attempt", kInteger, "Number of the run, from 1"};
inline constexpr AttributeKey kJobAttemptsMax{"vigie.job.attempts_max", kInteger, "Runs after which the job is put with the failed ones"};
inline constexpr AttributeKey kJobId{"vigie.job.id", kString, "Id of the job"};
inline constexpr AttributeKey kJobKind{"vigie.job.kind", kString, "Kind of the job, of a closed list"};
inline constexpr AttributeKey kJobLane{"vigie.job.lane", kString, "Lane of the job: high, low or external"};
inline constexpr AttributeKey kJobPause{"vigie.job.pause", kDouble, "Seconds until the next run"};
inline constexpr AttributeKey kJobRunDuration{"vigie.job.run.duration", kDouble, "Seconds that the run took"};
inline constexpr AttributeKey kJobWait{"vigie.job.wait", kDouble, "Seconds from when the job could run to its start"};
inline constexpr AttributeKey kJobWorker{"vigie.job.worker", kString, "Host and process id of the worker"};
inline constexpr AttributeKey kKeepReason{"vigie.trace.keep_reason", kString, "Why the trace was kept"};
inline constexpr AttributeKey kLedgerCreated{"vigie.ledger.created", kInteger, "Records created"};
inline constexpr AttributeKey kLedgerExported{"vigie.ledger.exported", kInteger, "Records taken by the back end"};
inline constexpr AttributeKey kLedgerQueued{"vigie.ledger.queued", kInteger, "Records still queued"};
inline constexpr AttributeKey kLedgerSampledOut{"vigie.ledger.sampled_out", kInteger, "Records sampled out"};
inline constexpr AttributeKey kLedgerSpooled{"vigie.ledger.spooled", kInteger, "Records waiting on disk"};
inline constexpr AttributeKey kMediaBytes{"vigie.media.bytes", kInteger, "Size of a content"};
inline constexpr AttributeKey kMediaId{"vigie.media.id", kString, "Id of a media"};
inline constexpr AttributeKey kMediaType{"vigie.media.type", kString, "Type of a content, of the list of those that are taken; empty while it is uploaded"};
inline constexpr AttributeKey kMessagingDestination{"messaging.destination.name", kString, "Lane of the job: high, low or external"};
inline constexpr AttributeKey kMessagingMessageId{"messaging.message.id", kString, "Id of the job"};
inline constexpr AttributeKey kMessagingOperationName{"messaging.operation.name", kString, "send or process"};
inline constexpr AttributeKey kMessagingOperationType{"messaging.operation.type", kString, "send or process"};
inline constexpr AttributeKey kMessagingSystem{"messaging.system", kString, "Always postgresql: the queue is a table"};
inline constexpr AttributeKey kNetworkProtocolVersion{"network.protocol.version", kString, "HTTP version"};
inline constexpr AttributeKey kProcessPid{"process.pid", kInteger, "Process id"};
inline constexpr AttributeKey kReady{"vigie.ready", kBool, "Whether the process takes traffic"};
inline constexpr AttributeKey kReason{"vigie.reason", kString, "Low-cardinality reason of the event"};
inline constexpr AttributeKey kRateLimitScope{"vigie.rate_limit.scope", kString, "What was limited: account, address or login"};
inline constexpr AttributeKey kServerAddress{"server.address", kString, "Address listened on"};
inline constexpr AttributeKey kServerPort{"server.port", kInteger, "Port listened on"};
inline constexpr AttributeKey kSchedulerLeader{"vigie.scheduler.leader", kBool, "Whether this process schedules the tasks"};
inline constexpr AttributeKey kSettingName{"vigie.setting.name", kString, "Name of a setting"};
inline constexpr AttributeKey kSettingValue{"vigie.setting.value", kString, "Value of a setting that is no secret"};
inline constexpr AttributeKey kSignal{"vigie.signal", kString, "Telemetry signal: traces or logs"};
inline constexpr AttributeKey kSuppressed{"vigie.suppressed", kInteger, "Refusals of the same code and address that have no line of their own since the last one, and those of a pair that gave way to it"};
inline constexpr AttributeKey kThreadCount{"vigie.thread_count", kInteger, "Threads of a pool"};
inline constexpr AttributeKey kUrlPath{"url.path", kString, "Path of the request when its variable parts are ids, else the route; never the query"};
inline constexpr AttributeKey kUrlScheme{"url.scheme", kString, "http or https"};
inline constexpr AttributeKey kUserAgent{"user_agent.name", kString, "Program of the client, of a closed list"};
inline constexpr AttributeKey kUserId{"user.id", kString, "Id of the account that acts"};
// clang-format on

inline constexpr auto kAll = std::to_array<const AttributeKey*>({
    &kAccountChange,
    &kAccountId,
    &kAdminPort,
    &kAzureErrorCode,
    &kAzureRequestId,
    &kBackupBytes,
    &kBackupKey,
    &kBlobKey,
    &kBlobOperation,
    &kBlobStore,
    &kClientAddress,
    &kConnectionWait,
    &kCorrelationId,
    &kDbOperationName,
    &kDbPoolName,
    &kDbQuerySummary,
    &kDbResponseStatusCode,
    &kDbReturnedRows,
    &kDbSystemName,
    &kDetail,
    &kDroppedCount,
    &kErrorCode,
    &kErrorType,
    &kExceptionMessage,
    &kExceptionType,
    &kHttpRequestBodySize,
    &kHttpRequestDuration,
    &kHttpRequestMethod,
    &kHttpResendCount,
    &kHttpResponseBodySize,
    &kHttpResponseStatusCode,
    &kHttpRoute,
    &kJobAttempt,
    &kJobAttemptsMax,
    &kJobId,
    &kJobKind,
    &kJobLane,
    &kJobPause,
    &kJobRunDuration,
    &kJobWait,
    &kJobWorker,
    &kKeepReason,
    &kLedgerCreated,
    &kLedgerExported,
    &kLedgerQueued,
    &kLedgerSampledOut,
    &kLedgerSpooled,
    &kMediaBytes,
    &kMediaId,
    &kMediaType,
    &kMessagingDestination,
    &kMessagingMessageId,
    &kMessagingOperationName,
    &kMessagingOperationType,
    &kMessagingSystem,
    &kNetworkProtocolVersion,
    &kProcessPid,
    &kRateLimitScope,
    &kReady,
    &kReason,
    &kSchedulerLeader,
    &kServerAddress,
    &kServerPort,
    &kSettingName,
    &kSettingValue,
    &kSignal,
    &kSuppressed,
    &kThreadCount,
    &kUrlPath,
    &kUrlScheme,
    &kUserAgent,
    &kUserId,
});

}  // namespace vigie::telemetry::attributes
