#pragma once

#include <array>
#include <string_view>

#include "telemetry/catalogue/metric_type.hpp"

/// Every metric under its Prometheus name. A label lists its values or bounds their number. A new
/// metric is its line here and in a table below: kOwn, when the library itself sets it.
namespace vigie::telemetry::metrics {

using enum MetricKind;
using Value = std::string_view;

// clang-format off
inline constexpr std::array kHttpRequestBuckets{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0};
inline constexpr std::array kDbOperationBuckets{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0};
inline constexpr std::array kExportBuckets{0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0};
inline constexpr std::array kPasswordHashBuckets{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5};
inline constexpr std::array kBlobOperationBuckets{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0};
inline constexpr std::array kJobWaitBuckets{0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0};
inline constexpr std::array kReactorLagBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0};
inline constexpr std::array kJobRunBuckets{0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0};

inline constexpr std::array<Value, 10> kHttpMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "_OTHER"};
inline constexpr std::array<Value, 3> kConnectionRefusals{"connections", "connections_per_address", "descriptors"};
inline constexpr std::array<Value, 2> kReaderFaults{"stalled", "slow"};
inline constexpr std::array<Value, 5> kSharePools{"connections", "requests", "streams", "leased", "slow"};
inline constexpr std::array<Value, 3> kShareRefusals{"account", "address", "full"};
inline constexpr std::array<Value, 1> kDbSystems{"postgresql"};
inline constexpr std::array<Value, 2> kDbPools{"shared", "leased"};
inline constexpr std::array<Value, 2> kDbConnectionStates{"idle", "used"};
inline constexpr std::array<Value, 3> kAuthMethods{"password", "refresh", "token"};
inline constexpr std::array<Value, 4> kAuthOutcomes{"success", "invalid", "reused", "repeated"};
inline constexpr std::array<Value, 3> kRateLimitScopes{"account", "address", "login"};
inline constexpr std::array<Value, 5> kIdempotencyOutcomes{"new", "replay", "conflict", "in_progress", "refused"};
// In the order of domain::AccountChange.
inline constexpr std::array<Value, 7> kAccountChangeValues{"password_changed", "reset_issued", "password_reset", "sessions_ended", "disabled", "enabled", "erased"};
inline constexpr std::array<Value, 5> kEventChangeValues{"created", "updated", "published", "cancelled", "deleted"};
inline constexpr std::array<Value, 2> kBackupTasks{"backup.run", "backup.verify"};
inline constexpr std::array<Value, 2> kBackupOutcomes{"done", "failed"};
inline constexpr std::array<Value, 5> kProcessOutcomes{"ready", "failed", "crashed", "timeout", "memory"};
inline constexpr std::array<Value, 4> kMediaUploadOutcomes{"created", "completed", "refused", "expired"};
inline constexpr std::array<Value, 2> kMediaDirections{"received", "sent"};
inline constexpr std::array<Value, 5> kMediaStates{"uploading", "processing", "ready", "failed", "deleted"};
inline constexpr std::array<Value, 2> kWorkerStates{"busy", "idle"};
inline constexpr std::array<Value, 2> kFiberStates{"running", "pooled"};
inline constexpr std::array<Value, 2> kBlobStores{"disk", "azure"};
inline constexpr std::array<Value, 9> kBlobOperations{"write_part", "hash", "join", "abandon", "put", "find", "open", "remove", "list"};
inline constexpr std::array<Value, 2> kSignals{"traces", "logs"};
inline constexpr std::array<Value, 3> kRecordOutcomes{"created", "exported", "sampled_out"};
inline constexpr std::array<Value, 10> kDropReasons{"queue_full", "rejected", "retries_exhausted", "shutdown", "no_memory", "too_large", "write_failed", "spool_evicted", "spool_corrupt", "spool_failed"};
// Component types of OpenTelemetry's semantic conventions; in the order of kSignals.
inline constexpr std::array<Value, 2> kExporterTypes{"otlp_http_span_exporter", "otlp_http_log_exporter"};
inline constexpr std::array<Value, 3> kOperationErrors{"", "retryable", "refused"};
inline constexpr std::array<Value, 2> kProcessedErrors{"", "queue_full"};
inline constexpr std::array<Value, 8> kExportedErrors{"", "rejected", "retries_exhausted", "shutdown", "spool_evicted", "spool_corrupt", "spool_failed", "write_failed"};
inline constexpr std::array<Value, 3> kContextHeaders{"traceparent", "tracestate", "baggage"};
inline constexpr std::array<Value, 2> kDecisions{"kept", "left_out"};
inline constexpr std::array<Value, 9> kDecisionReasons{"error", "slow", "asked", "caller", "ratio", "always_on", "always_off", "not_exported", "repeated"};
inline constexpr std::array<Value, 5> kCutReasons{"undeclared", "too_long", "no_memory", "event_limit", "link_limit"};
// In the order of domain::JobLane.
inline constexpr std::array<Value, 3> kJobLanes{"high", "low", "external"};
inline constexpr std::array<Value, 9> kJobKinds{"account.erase", "media.process", "media.purge", "media.expire_uploads", "blob.sweep", "idempotency.clean", "sessions.clean", "backup.run", "backup.verify"};
inline constexpr std::array<Value, 4> kJobStates{"ready", "scheduled", "running", "failed"};
inline constexpr std::array<Value, 6> kScheduledTasks{"media.expire_uploads", "blob.sweep", "idempotency.clean", "sessions.clean", "backup.run", "backup.verify"};
inline constexpr std::array<Value, 4> kJobOutcomes{"done", "retried", "failed", "lost"};

inline constexpr MetricType kHttpServerRequestDuration{"http_server_request_duration_seconds", kHistogram, "seconds", "Time from a request's header to its answer",
    {closed_label("http_request_method", kHttpMethods), open_label("http_route", 96), open_label("http_response_status_code", 64), open_label("error_type", 32)}, kHttpRequestBuckets};
inline constexpr MetricType kHttpServerActiveRequests{"http_server_active_requests", kGauge, "", "Requests in flight"};
inline constexpr MetricType kHttpRequestsInFlightLimit{"vigie_http_requests_in_flight_limit", kGauge, "", "Requests in flight over which the server answers 503, without uploads and downloads of contents"};
inline constexpr MetricType kHttpConnections{"vigie_http_connections", kGauge, "", "Open client connections"};
inline constexpr MetricType kHttpConnectionsRefused{"vigie_http_connections_refused_total", kCounter, "", "Client connections closed at once, by reason", {closed_label("reason", kConnectionRefusals)}};
inline constexpr MetricType kHttpReadersGivenUp{"vigie_http_readers_given_up_total", kCounter, "", "Connections closed because the client did not take its answer, or too slowly", {closed_label("reason", kReaderFaults)}};
inline constexpr MetricType kHttpIdleConnectionsClosed{"vigie_http_idle_connections_closed_total", kCounter, "", "Idle connections closed to make room for others"};
inline constexpr MetricType kHttpRefusalsSuppressed{"vigie_http_refusals_suppressed_total", kCounter, "", "Refusals that have neither a log line nor a trace of their own, since their address had been told the same within a second"};
inline constexpr MetricType kShareHeld{"vigie_share_held", kGauge, "", "Places of a pool that its callers hold; of leased, connections to PostgreSQL, slow are those of slow reads among them", {closed_label("pool", kSharePools)}};
inline constexpr MetricType kShareHeldLimit{"vigie_share_held_limit", kGauge, "", "Places of a pool, of all callers together; over it the answer is 503", {closed_label("pool", kSharePools)}};
inline constexpr MetricType kShareLargest{"vigie_share_largest", kGauge, "", "Places of a pool that the client address holds which holds most of them", {closed_label("pool", kSharePools)}};
inline constexpr MetricType kShareLargestLimit{"vigie_share_largest_limit", kGauge, "", "Places of a pool that one client address may hold, of leased and slow those of one reactor; over it the answer is 429, or a wait for a connection to PostgreSQL", {closed_label("pool", kSharePools)}};
inline constexpr MetricType kShareRefused{"vigie_share_refused_total", kCounter, "", "Callers that got no place of a pool, nor one to wait for it: the share of an account or an address was held, or all of it", {closed_label("pool", kSharePools), closed_label("reason", kShareRefusals)}};
inline constexpr MetricType kDbClientOperationDuration{"db_client_operation_duration_seconds", kHistogram, "seconds", "Time from the call of a query to its last row",
    {closed_label("db_system_name", kDbSystems), open_label("db_query_summary", 128), open_label("error_type", 64)}, kDbOperationBuckets};
// OpenTelemetry calls it db.client.connection.count; the suffix _count is a histogram's in Prometheus,
// and promtool refuses it.
inline constexpr MetricType kDbClientConnections{"db_client_connections", kGauge, "", "Database connections by state",
    {closed_label("db_client_connection_pool_name", kDbPools), closed_label("db_client_connection_state", kDbConnectionStates)}};
inline constexpr MetricType kDbClientConnectionMax{"db_client_connection_max", kGauge, "", "Database connections a pool may open", {closed_label("db_client_connection_pool_name", kDbPools)}};
inline constexpr MetricType kDbClientConnectionPendingRequests{"db_client_connection_pending_requests", kGauge, "", "Callers waiting for a database connection, other than for an end of what they hold themselves", {closed_label("db_client_connection_pool_name", kDbPools)}};
inline constexpr MetricType kDbClientConnectionTimeouts{"db_client_connection_timeouts_total", kCounter, "", "Callers whose time was over while they waited for a database connection that others held", {closed_label("db_client_connection_pool_name", kDbPools)}};
inline constexpr MetricType kDbClientConnectionWaitTime{"db_client_connection_wait_time_seconds", kHistogram, "seconds", "Time waited for a database connection", {closed_label("db_client_connection_pool_name", kDbPools)}, kDbOperationBuckets};
inline constexpr MetricType kDbClientConnectionCreateTime{"db_client_connection_create_time_seconds", kHistogram, "seconds", "Time to open a database connection", {closed_label("db_client_connection_pool_name", kDbPools)}, kDbOperationBuckets};
inline constexpr MetricType kDbUp{"vigie_db_up", kGauge, "", "1 when the last probe of PostgreSQL succeeded"};
inline constexpr MetricType kDbClockOffset{"vigie_db_clock_offset_seconds", kGauge, "seconds", "How far the clock of this process is ahead of PostgreSQL's, by the last probe"};
inline constexpr MetricType kDbTransactionAge{"vigie_db_transaction_age", kGauge, "", "Transactions since the oldest row that is not yet frozen, by the last probe; near two thousand million PostgreSQL takes no write"};
inline constexpr MetricType kUncleanStarts{"vigie_unclean_starts_total", kCounter, "", "Starts after an end that nobody had asked for, as the spool's directory remembers them"};
inline constexpr MetricType kStartsRemembered{"vigie_starts_remembered", kGauge, "", "1 when there is a spool's directory that remembers how the process ended"};
inline constexpr MetricType kReady{"vigie_ready", kGauge, "", "1 when the process takes traffic"};
inline constexpr MetricType kAuthAttempts{"vigie_auth_attempts_total", kCounter, "", "Attempts to authenticate", {closed_label("method", kAuthMethods), closed_label("outcome", kAuthOutcomes)}};
inline constexpr MetricType kPasswordHashDuration{"vigie_password_hash_duration_seconds", kHistogram, "seconds", "Time of one argon2id computation, with its wait for a thread", {}, kPasswordHashBuckets};
inline constexpr MetricType kRateLimited{"vigie_rate_limited_total", kCounter, "", "Requests refused by a rate limit", {closed_label("scope", kRateLimitScopes)}};
inline constexpr MetricType kIdempotencyRequests{"vigie_idempotency_requests_total", kCounter, "", "Requests with an Idempotency-Key", {closed_label("outcome", kIdempotencyOutcomes)}};
inline constexpr MetricType kEventChanges{"vigie_event_changes_total", kCounter, "", "Changes of events", {closed_label("change", kEventChangeValues)}};
inline constexpr MetricType kAccountChanges{"vigie_account_changes_total", kCounter, "", "Changes of accounts after they were opened", {closed_label("change", kAccountChangeValues)}};
inline constexpr MetricType kAccountsCreated{"vigie_accounts_created_total", kCounter, "", "Accounts created"};
inline constexpr MetricType kBackupRuns{"vigie_backup_runs_total", kCounter, "", "Backups taken and restored for proof, by what became of it", {closed_label("task", kBackupTasks), closed_label("outcome", kBackupOutcomes)}};
inline constexpr MetricType kBackupLastSuccess{"vigie_backup_last_success_timestamp_seconds", kGauge, "seconds", "Instant of the newest backup, seconds since 1970; 0: there is none"};
inline constexpr MetricType kBackupBytes{"vigie_backup_bytes", kGauge, "bytes", "Size of the newest backup"};
inline constexpr MetricType kBackupVerified{"vigie_backup_verified_timestamp_seconds", kGauge, "seconds", "When a backup was last restored without a fault, seconds since 1970; 0: never"};
inline constexpr MetricType kMediaProcessed{"vigie_media_processed_total", kCounter, "", "Contents whose processing has ended, by what became of it", {closed_label("outcome", kProcessOutcomes)}};
inline constexpr MetricType kMediaOwnersProcessed{"vigie_media_owners_processed", kGauge, "", "Owners of pictures that were completed in the last hour and have been processed"};
inline constexpr MetricType kMediaOwnersFailing{"vigie_media_owners_failing", kGauge, "", "Of these owners, those for whom more than half of such pictures failed"};
inline constexpr MetricType kMediaUploads{"vigie_media_uploads_total", kCounter, "", "Uploads by what became of them", {closed_label("outcome", kMediaUploadOutcomes)}};
inline constexpr MetricType kMediaBytes{"vigie_media_bytes_total", kCounter, "bytes", "Bytes of contents that were received and kept, and that were sent", {closed_label("direction", kMediaDirections)}};
inline constexpr MetricType kMediaItems{"vigie_media_items", kGauge, "", "Media by state, as the database has them", {closed_label("state", kMediaStates)}};
inline constexpr MetricType kMediaPurgeDue{"vigie_media_purge_due_timestamp_seconds", kGauge, "seconds", "When the longest overdue purge of a deleted media was due, seconds since 1970; 0: none is overdue"};
inline constexpr MetricType kMediaUploadsAbandoned{"vigie_media_uploads_abandoned", kGauge, "", "Unfinished uploads that have expired and are still there"};
inline constexpr MetricType kMediaQuotaUsed{"vigie_media_quota_used_bytes", kGauge, "bytes", "What counts in the quotas of all accounts, as the database has it"};
inline constexpr MetricType kMediaQuotaLimit{"vigie_media_quota_limit_bytes", kGauge, "bytes", "What all accounts together may upload; 0: as much as they like"};
inline constexpr MetricType kMediaPurged{"vigie_media_purged_total", kCounter, "", "Media that are gone for good"};
inline constexpr MetricType kWorkerThreads{"vigie_worker_threads", kGauge, "", "Threads of a pool by state", {open_label("pool", 8), closed_label("state", kWorkerStates)}};
inline constexpr MetricType kWorkerQueueLength{"vigie_worker_queue_length", kGauge, "", "Tasks waiting for a thread of a pool", {open_label("pool", 8)}};
inline constexpr MetricType kWorkerQueueCapacity{"vigie_worker_queue_capacity", kGauge, "", "Tasks that may wait for a thread of a pool", {open_label("pool", 8)}};
inline constexpr MetricType kBlobOperationDuration{"vigie_blob_operation_duration_seconds", kHistogram, "seconds", "Time that an operation of the store of contents took; of a part, without the wait for its client",
    {closed_label("store", kBlobStores), closed_label("operation", kBlobOperations), open_label("error_type", 32)}, kBlobOperationBuckets};
inline constexpr MetricType kBlobOrphansRemoved{"vigie_blob_orphans_removed_total", kCounter, "", "Objects and uploads that nothing named, removed by the sweeper"};
inline constexpr MetricType kBlobStoreUp{"vigie_blob_store_up", kGauge, "", "1 when the store of contents took the last probe"};
inline constexpr MetricType kBlobFreeBytes{"vigie_blob_free_bytes", kGauge, "bytes", "What the store of contents has free, as it said at the last probe; not of a store that has no end"};
inline constexpr MetricType kFibers{"vigie_fibers", kGauge, "", "Fibers by state", {closed_label("state", kFiberStates)}};
inline constexpr MetricType kReactorLag{"vigie_reactor_lag_seconds", kHistogram, "seconds", "How late the reactors were with what was due, asked of each ten times a second; what they missed counts as often as it was due", {}, kReactorLagBuckets};
inline constexpr MetricType kReactorOverdue{"vigie_reactor_overdue_seconds", kGauge, "seconds", "How long the reactor that is most behind has not come round, now"};
inline constexpr MetricType kProcessStartTime{"process_start_time_seconds", kGauge, "seconds", "Start of the process, seconds since 1970"};
inline constexpr MetricType kProcessCpu{"process_cpu_seconds_total", kCounter, "seconds", "User and system CPU time"};
inline constexpr MetricType kProcessResidentMemory{"process_resident_memory_bytes", kGauge, "bytes", "Resident memory"};
inline constexpr MetricType kProcessVirtualMemory{"process_virtual_memory_bytes", kGauge, "bytes", "Virtual memory"};
inline constexpr MetricType kProcessOpenFds{"process_open_fds", kGauge, "", "Open file descriptors"};
inline constexpr MetricType kProcessMaxFds{"process_max_fds", kGauge, "", "Limit of open file descriptors"};
inline constexpr MetricType kProcessThreads{"process_threads", kGauge, "", "Threads of the process"};
inline constexpr MetricType kBuildInfo{"vigie_build_info", kGauge, "", "Always 1; version and revision of the binary", {open_label("version", 1), open_label("revision", 1)}};
inline constexpr MetricType kSpanQueueSize{"otel_sdk_processor_span_queue_size", kGauge, "", "Spans waiting for export"};
inline constexpr MetricType kSpanQueueCapacity{"otel_sdk_processor_span_queue_capacity", kGauge, "", "Spans that may wait for export"};
inline constexpr MetricType kSpansProcessed{"otel_sdk_processor_span_processed_total", kCounter, "", "Spans processed, by what went wrong", {closed_label("error_type", kProcessedErrors)}};
inline constexpr MetricType kSpansExported{"otel_sdk_exporter_span_exported_total", kCounter, "", "Spans exported, by what went wrong", {closed_label("error_type", kExportedErrors)}};
inline constexpr MetricType kExportDuration{"otel_sdk_exporter_operation_duration_seconds", kHistogram, "seconds", "Time of one attempt to export a batch",
    {closed_label("otel_component_type", kExporterTypes), closed_label("error_type", kOperationErrors)}, kExportBuckets};
inline constexpr MetricType kLogsCreated{"otel_sdk_log_created_total", kCounter, "", "Log records handed to the library"};
inline constexpr MetricType kLogQueueSize{"otel_sdk_processor_log_queue_size", kGauge, "", "Log records waiting for export"};
inline constexpr MetricType kLogsProcessed{"otel_sdk_processor_log_processed_total", kCounter, "", "Log records processed, by what went wrong", {closed_label("error_type", kProcessedErrors)}};
inline constexpr MetricType kLogsExported{"otel_sdk_exporter_log_exported_total", kCounter, "", "Log records exported, by what went wrong", {closed_label("error_type", kExportedErrors)}};
inline constexpr MetricType kTelemetryRecords{"vigie_telemetry_records_total", kCounter, "", "Telemetry records by what became of them", {closed_label("signal", kSignals), closed_label("outcome", kRecordOutcomes)}};
inline constexpr MetricType kTelemetryDropped{"vigie_telemetry_dropped_total", kCounter, "", "Telemetry records lost, by reason", {closed_label("signal", kSignals), closed_label("reason", kDropReasons)}};
inline constexpr MetricType kTelemetryQueued{"vigie_telemetry_queued_records", kGauge, "", "Telemetry records waiting in memory", {closed_label("signal", kSignals)}};
inline constexpr MetricType kContextMalformed{"vigie_context_malformed_total", kCounter, "", "Headers of W3C Trace Context and Baggage that were left out, being malformed or over a limit", {closed_label("header", kContextHeaders)}};
inline constexpr MetricType kTraceDecisions{"vigie_trace_decisions_total", kCounter, "", "Traces kept and left out by the sampler, by reason", {closed_label("decision", kDecisions), closed_label("reason", kDecisionReasons)}};
inline constexpr MetricType kTelemetrySpooled{"vigie_telemetry_spooled_records", kGauge, "", "Telemetry records waiting on disk", {closed_label("signal", kSignals)}};
inline constexpr MetricType kTelemetrySpoolBytes{"vigie_telemetry_spool_bytes", kGauge, "bytes", "Disk that the spool takes", {closed_label("signal", kSignals)}};
inline constexpr MetricType kTelemetrySpoolBytesLimit{"vigie_telemetry_spool_bytes_limit", kGauge, "", "Disk that the spool may take; 0 where nothing is spooled", {closed_label("signal", kSignals)}};
inline constexpr MetricType kTelemetrySpoolCorruptSegments{"vigie_telemetry_spool_corrupt_segments_total", kCounter, "", "Damaged segments of the spool that were set aside", {closed_label("signal", kSignals)}};
inline constexpr MetricType kTelemetryCuts{"vigie_telemetry_cuts_total", kCounter, "", "Attributes, span events and links left out, and texts cut, by reason", {closed_label("reason", kCutReasons)}};
inline constexpr MetricType kTelemetryLabelsOverBound{"vigie_telemetry_labels_over_bound_total", kCounter, "", "Label values outside their bound, recorded as other"};
inline constexpr MetricType kRecorderRecords{"vigie_recorder_records", kGauge, "", "Traces and log events held in memory for on-call", {closed_label("signal", kSignals)}};
inline constexpr MetricType kRecorderBytes{"vigie_recorder_bytes", kGauge, "bytes", "Memory that the recorder takes", {closed_label("signal", kSignals)}};
inline constexpr MetricType kRecorderBytesLimit{"vigie_recorder_bytes_limit", kGauge, "", "Memory that the recorder may take; 0 when it is off", {closed_label("signal", kSignals)}};
inline constexpr MetricType kRecorderMissedTraces{"vigie_recorder_missed_traces_total", kCounter, "", "Traces that the recorder had no room for in its queue"};
inline constexpr MetricType kJobsEnqueued{"vigie_jobs_enqueued_total", kCounter, "", "Jobs handed to the queue, also those whose transaction was rolled back", {closed_label("kind", kJobKinds)}};
inline constexpr MetricType kJobRuns{"vigie_job_runs_total", kCounter, "", "Runs of jobs by their end; lost: the worker was not heard of any more", {closed_label("kind", kJobKinds), closed_label("outcome", kJobOutcomes)}};
inline constexpr MetricType kJobWaitTime{"vigie_job_wait_seconds", kHistogram, "seconds", "Time from when a job could run to its start", {closed_label("lane", kJobLanes)}, kJobWaitBuckets};
inline constexpr MetricType kJobRunTime{"vigie_job_run_duration_seconds", kHistogram, "seconds", "Time of one run of a job", {closed_label("kind", kJobKinds)}, kJobRunBuckets};
inline constexpr MetricType kJobsDeadLettered{"vigie_jobs_dead_lettered_total", kCounter, "", "Jobs put with the failed ones, where an operator finds them", {closed_label("kind", kJobKinds)}};
inline constexpr MetricType kJobSlots{"vigie_job_slots", kGauge, "", "Jobs that the process may run at once, by state", {closed_label("lane", kJobLanes), closed_label("state", kWorkerStates)}};
inline constexpr MetricType kJobQueueDepth{"vigie_job_queue_depth", kGauge, "", "Jobs in the queue, as last counted in the database", {closed_label("lane", kJobLanes), closed_label("state", kJobStates)}};
inline constexpr MetricType kJobOldestReady{"vigie_job_oldest_ready_timestamp_seconds", kGauge, "seconds", "Since when the oldest ready job of the lane could run, seconds since 1970; 0 when none waits", {closed_label("lane", kJobLanes)}};
inline constexpr MetricType kSchedulerLeader{"vigie_scheduler_leader", kGauge, "", "1 when this process schedules the tasks"};
inline constexpr MetricType kScheduledTaskLastSuccess{"vigie_scheduled_task_last_success_timestamp_seconds", kGauge, "seconds", "When the task was last done, by any process, seconds since 1970; 0 when never", {closed_label("task", kScheduledTasks)}};
inline constexpr MetricType kScheduledTaskInterval{"vigie_scheduled_task_interval_seconds", kGauge, "seconds", "How often the task should be done", {closed_label("task", kScheduledTasks)}};
// clang-format on

/// What Vigie declares.
inline constexpr auto kVigie = std::to_array<const MetricType*>({
    &kHttpServerRequestDuration,
    &kHttpServerActiveRequests,
    &kHttpRequestsInFlightLimit,
    &kHttpConnections,
    &kHttpConnectionsRefused,
    &kHttpReadersGivenUp,
    &kHttpIdleConnectionsClosed,
    &kHttpRefusalsSuppressed,
    &kShareHeld,
    &kShareHeldLimit,
    &kShareLargest,
    &kShareLargestLimit,
    &kShareRefused,
    &kDbClientOperationDuration,
    &kDbClientConnections,
    &kDbClientConnectionMax,
    &kDbClientConnectionPendingRequests,
    &kDbClientConnectionTimeouts,
    &kDbClientConnectionWaitTime,
    &kDbClientConnectionCreateTime,
    &kDbUp,
    &kDbClockOffset,
    &kDbTransactionAge,
    &kUncleanStarts,
    &kStartsRemembered,
    &kReady,
    &kAuthAttempts,
    &kPasswordHashDuration,
    &kRateLimited,
    &kIdempotencyRequests,
    &kEventChanges,
    &kAccountChanges,
    &kAccountsCreated,
    &kBackupRuns,
    &kBackupLastSuccess,
    &kBackupBytes,
    &kBackupVerified,
    &kMediaProcessed,
    &kMediaOwnersProcessed,
    &kMediaOwnersFailing,
    &kMediaUploads,
    &kMediaBytes,
    &kMediaItems,
    &kMediaPurgeDue,
    &kMediaUploadsAbandoned,
    &kMediaQuotaUsed,
    &kMediaQuotaLimit,
    &kMediaPurged,
    &kWorkerThreads,
    &kWorkerQueueLength,
    &kWorkerQueueCapacity,
    &kBlobOperationDuration,
    &kBlobOrphansRemoved,
    &kBlobStoreUp,
    &kBlobFreeBytes,
    &kFibers,
    &kReactorLag,
    &kReactorOverdue,
    &kContextMalformed,
    &kJobsEnqueued,
    &kJobRuns,
    &kJobWaitTime,
    &kJobRunTime,
    &kJobsDeadLettered,
    &kJobSlots,
    &kJobQueueDepth,
    &kJobOldestReady,
    &kSchedulerLeader,
    &kScheduledTaskLastSuccess,
    &kScheduledTaskInterval,
});

/// What the library says of itself and its process: every program that uses it has these.
inline constexpr auto kOwn = std::to_array<const MetricType*>({
    &kProcessStartTime,
    &kProcessCpu,
    &kProcessResidentMemory,
    &kProcessVirtualMemory,
    &kProcessOpenFds,
    &kProcessMaxFds,
    &kProcessThreads,
    &kBuildInfo,
    &kSpanQueueSize,
    &kSpanQueueCapacity,
    &kSpansProcessed,
    &kSpansExported,
    &kExportDuration,
    &kLogsCreated,
    &kLogQueueSize,
    &kLogsProcessed,
    &kLogsExported,
    &kTelemetryRecords,
    &kTelemetryDropped,
    &kTelemetryQueued,
    &kTraceDecisions,
    &kTelemetrySpooled,
    &kTelemetrySpoolBytes,
    &kTelemetrySpoolBytesLimit,
    &kTelemetrySpoolCorruptSegments,
    &kTelemetryCuts,
    &kTelemetryLabelsOverBound,
    &kRecorderRecords,
    &kRecorderBytes,
    &kRecorderBytesLimit,
    &kRecorderMissedTraces,
});

inline constexpr auto kAll = [] {
  std::array<const MetricType*, kVigie.size() + kOwn.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = i < kVigie.size() ? kVigie[i] : kOwn[i - kVigie.size()];
  }
  return all;
}();

}  // namespace vigie::telemetry::metrics
