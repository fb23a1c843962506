"""The drills. Whoever adds a rule to alerts/ adds its drill here, or its reason to NOT_DRILLED."""

import faults
import faults_of_backup as of_backup
import faults_of_database as of_database
import faults_of_jobs as of_jobs
import faults_of_media as of_media
import faults_of_monitoring as of_monitoring
import faults_of_refusals as of_refusals
import faults_of_security as of_security
import faults_of_telemetry as of_telemetry
from drill import Drill
from scene import HOUR_IS_SIX_SECONDS

# An outage inhibits the burn that it causes; when it is over, the burn is told while its windows still hold the errors.
SPENT_BUDGET = frozenset({"ApiAvailabilityBurn"})
# Who waits too long is answered late or with 503.
CROWDED = frozenset({"ApiAvailabilityBurn", "ApiLatencyBurn", "ApiOverloaded", "ApiProbeFailing", "ApiProbeSlow",
                     "ApiReadProbeFailing", "DbPoolExhausted"})

# The beats are missed too.
BLIND = frozenset({"WatchdogMissing"})

NO_YESTERDAY = "the stack is younger than the time it looks back by"
# What 24 hours are where an hour is six seconds, and a margin: until then earlier traffic, and what was not seen yet, dilute
# the window of a day. The same of six hours.
DAY_S, WINDOW_S = 160, 70
FAST, SLOW, TICKET, SLOW_TICKET = {"long": "1h"}, {"long": "6h"}, {"long": "1d"}, {"long": "3d"}

API = [
    Drill("ApiDown", faults.server_stopped, "Vigie stopped"),
    Drill("DbDown", faults.postgres_stopped, "PostgreSQL stopped", also=SPENT_BUDGET),
    Drill("ApiAvailabilityBurn", faults.table_renamed, "every query of a table fails", labels=FAST),
    # The pages of a burn come before its tickets, and latency first: what an hour of many quick requests did is forgotten late.
    Drill("ApiLatencyBurn", faults.few_slow_requests(10), "1 request in 10 takes 300 ms", labels=SLOW, scale=HOUR_IS_SIX_SECONDS,
          seconds=WINDOW_S),
    Drill("ApiLatencyBurn", faults.few_slow_requests(24), "1 request in 24 takes 300 ms", severity="warning", labels=TICKET,
          scale=HOUR_IS_SIX_SECONDS, seconds=DAY_S),
    Drill("ApiLatencyBurn", faults.few_slow_requests(24), "1 request in 24 takes 300 ms", severity="warning", labels=SLOW_TICKET,
          scale=HOUR_IS_SIX_SECONDS, seconds=DAY_S),
    Drill("ApiAvailabilityBurn", faults.few_errors(100), "1 request in 100 fails", labels=SLOW, scale=HOUR_IS_SIX_SECONDS,
          seconds=WINDOW_S),
    Drill("ApiAvailabilityBurn", faults.few_errors(200), "1 request in 200 fails", severity="warning", labels=TICKET,
          scale=HOUR_IS_SIX_SECONDS, seconds=DAY_S),
    Drill("ApiAvailabilityBurn", faults.few_errors(200), "1 request in 200 fails", severity="warning", labels=SLOW_TICKET,
          scale=HOUR_IS_SIX_SECONDS, seconds=DAY_S),
    Drill("ApiLatencyBurn", faults.slow_queries, "every query of a table takes 300 ms", labels=FAST),
    Drill("ApiSustainedErrorsLowTraffic", faults.trickle_of_errors, "a request a second, every third fails", severity="warning",
          scale=HOUR_IS_SIX_SECONDS, has_traffic=False, finds_nothing={3: NO_YESTERDAY}),
    Drill("ApiIndicatorMissing", faults.histogram_dropped, "the scrape drops the histogram of requests",
          finds_nothing={2: "the series it asks for are what is lost"}),
]

API += [
    Drill("ApiInstanceDown", faults.one_of_two_killed, "one process of two killed", severity="warning"),
    Drill("ApiCrashLooping", faults.killed_in_a_loop, "a second process killed after each start"),
    Drill("ProcessEndedUnasked", faults.killed_and_started, "a second process killed and started again", severity="warning"),
    Drill("ClockSkewed", faults.clock_ahead(1_020), "a second process whose clock is 17 minutes ahead"),
    Drill("ClockSkewed", faults.clock_ahead(5), "a second process whose clock is 5 seconds ahead", severity="warning"),
    Drill("ApiProbeFailing", faults.component_ended("nginx"), "nginx stopped"),
    Drill("ApiProbeSlow", faults.frozen, "Vigie is stopped nine tenths of the time"),
    Drill("ReactorLag", faults.frozen, "Vigie is stopped nine tenths of the time", severity="warning", also=frozenset({"ApiProbeSlow"})),
    Drill("ApiReadProbeFailing", faults.prefix_lost, "the proxy answers 404 to /api"),
    Drill("ApiOverloaded", faults.crowd_at_a_slow_table, "more requests at once than places for them", also=CROWDED),
    Drill("ApiTrafficDropped", faults.traffic_gone, "nobody calls any more", severity="warning", scale=HOUR_IS_SIX_SECONDS,
          finds_nothing={2: NO_YESTERDAY}),
    Drill("TargetMissing", faults.component_ended("node exporter"), "the node exporter stopped", severity="warning"),
]

REFUSALS = [
    Drill("RefusalsRisen", of_refusals.paths_lost, "half of the requests ask for paths that are not there", severity="warning",
          scale=HOUR_IS_SIX_SECONDS),
    Drill("RateLimitedMany", of_refusals.limit_too_tight, "a process that lets one request a second through", severity="warning",
          seconds=90),
    Drill("SignInSlow", of_refusals.slow_accounts, "every query of accounts takes 0.5 s", severity="warning",
          also=CROWDED),
]

DATABASE = [
    Drill("DbPoolExhausted", of_database.writers_blocked, "a lock keeps every writer's connection", also=CROWDED),
    Drill("DbConnectionsNearLimit", of_database.connections_taken(0.88), "others hold nearly all connections", severity="warning",
          finds_nothing={2: "it asks for an hour of growth in steps of a minute"}),
    Drill("DbConnectionsNearLimit", of_database.connections_taken(0.98), "others hold all connections but two",
          finds_nothing={2: "it asks for an hour of growth in steps of a minute"}),
    Drill("DbLongTransaction", of_database.transaction_left_open, "a transaction left open", severity="warning"),
    Drill("DbDeadlocks", of_database.deadlocks, "two sessions lock in opposite order, eight times", severity="warning",
          finds_nothing={2: "the deadlocks are not between queries of Vigie"}),
    Drill("DbSlowQueries", faults.slow_queries, "every query of a table takes 300 ms", severity="warning",
          also=frozenset({"ApiLatencyBurn"}), finds_nothing={2: NO_YESTERDAY}),
]

# Where an hour is six seconds, half an hour is shorter than what the objective calls late.
OLD_TOO = frozenset({"JobQueueOldestTooOld"})
UNKNOWN = "a job of a kind that no worker knows"
JOBS = [
    Drill("JobQueueOldestTooOld", of_jobs.nobody_knows_the_kind, UNKNOWN, severity="warning"),
    Drill("JobQueueOldestTooOld", of_jobs.workers_stopped, "the workers of a lane are stopped"),
    Drill("JobDeadLetters", of_jobs.failed_for_good(1), "the table that a job cleans is missing", severity="warning"),
    Drill("JobDeadLetters", of_jobs.failed_for_good(60), "the same, sixty jobs"),
    Drill("JobFailuresSurge", of_jobs.tried_again(40), "the same, jobs that are tried again", severity="warning"),
    Drill("SchedulerMissing", of_jobs.lock_of_leaders_taken, "a session holds the lock of leaders", severity="warning"),
    Drill("JobWaitBurn", of_jobs.begun_late(on_time_a_second=1), "every other job begins 15 s late", labels=FAST),
    Drill("JobWaitBurn", of_jobs.begun_late(on_time_a_second=23), "1 job in 24 begins 15 s late", severity="warning", labels=TICKET,
          scale=HOUR_IS_SIX_SECONDS, seconds=DAY_S, also=OLD_TOO),
    Drill("JobWaitBurn", of_jobs.begun_late(on_time_a_second=23), "1 job in 24 begins 15 s late", severity="warning",
          labels=SLOW_TICKET, scale=HOUR_IS_SIX_SECONDS, seconds=DAY_S, also=OLD_TOO),
    Drill("JobWaitBurn", of_jobs.begun_late(on_time_a_second=9), "1 job in 10 begins 15 s late", labels=SLOW,
          scale=HOUR_IS_SIX_SECONDS, seconds=WINDOW_S, also=OLD_TOO),
]

MEDIA = [
    Drill("BlobStoreDown", of_media.store_gone, "a file where the directory of contents was"),
    Drill("MediaPurgeOverdue", of_media.purge_overdue, "a purge that was due, and whose job is not", severity="warning",
          finds_nothing={4: "no purge has run: its job is for later"}),
    Drill("UploadsAbandoned", of_media.upload_expired, "an upload that expired after the cleaning", severity="warning",
          scale=HOUR_IS_SIX_SECONDS),
    Drill("MediaQuotaFilling", of_media.quota_nearly_used, "accounts that use 97 % of the total together", severity="warning",
          seconds=90),
    Drill("MediaProcessingFailing", of_media.damaged_images, "damaged images of six users", severity="warning"),
]

NOTHING_FAILED = "the rows were changed; no backup failed"
BACKUP = [
    Drill("BackupStale", of_backup.newest_is_old(age_s=2_200), "the newest backup is older than a day", severity="warning", seconds=90,
          finds_nothing={4: NOTHING_FAILED}),
    Drill("BackupStale", of_backup.newest_is_old(age_s=3_600), "the newest backup is older than two days", seconds=90,
          finds_nothing={4: NOTHING_FAILED}),
    Drill("BackupUnverified", of_backup.last_proof_is_old(age_s=14_400), "no backup was restored for ten days", severity="warning", seconds=90,
          finds_nothing={4: NOTHING_FAILED}),
    Drill("BackupShrunk", of_backup.newest_is_small, "a backup that is nearly empty", severity="warning", seconds=90),
]

SECURITY = [
    Drill("AuthFailureSurge", of_security.credentials_guessed, "passwords are guessed", severity="warning"),
    Drill("AuthFailureSurge", of_security.tokens_refused_after_success, "tokens that were good are refused", scale=HOUR_IS_SIX_SECONDS),
    Drill("RefreshTokenReused", of_security.refresh_token_replayed, "a refresh token is used twice", severity="warning"),
    Drill("IdempotencyConflictSurge", of_security.keys_reused, "one key for many payloads", severity="warning"),
    Drill("CertificateExpiring", of_security.certificate_of(days=1), "the proxy's certificate ends tomorrow"),
    Drill("CertificateExpiring", of_security.certificate_of(days=7), "the proxy's certificate ends in a week", severity="warning",
          scale=HOUR_IS_SIX_SECONDS),
    Drill("WorkerQueueSaturated", of_security.passwords_flood, "more sign-ins than may wait", severity="warning", also=CROWDED,
          finds_nothing={4: "hashes are cheap in drills, and the wait for ten of them is short"}),
    Drill("CallerShareExceeded", of_security.share_asked_for_again_and_again, "an account that begins requests and does not send them",
          severity="warning"),
    Drill("FileDescriptorsNearLimit", of_security.few_descriptors, "prlimit just above what is open", severity="warning"),
]

MONITORING = [
    Drill("PrometheusNotConnectedToAlertmanagers", of_monitoring.no_alertmanager, "no Alertmanager is discovered",
          muted="nobody: there is no way to the receiver; WatchdogMissing tells", also=BLIND),
    Drill("PrometheusErrorSendingAlerts", of_monitoring.one_alertmanager_of_two_is_gone, "one Alertmanager of two is gone"),
    Drill("PrometheusRuleFailures", of_monitoring.rule_that_fails, "a rule that matches many to many"),
    Drill("PrometheusMissedEvaluations", of_monitoring.rule_that_takes_long, "a rule slower than its interval", severity="warning"),
    Drill("PrometheusBadConfig", of_monitoring.prometheus_file_broken, "prometheus.yml with a misspelt key", severity="warning"),
    Drill("PrometheusScrapeLimitHit", of_monitoring.scrape_limit_low, "a sample limit below the exporter's samples",
          severity="warning"),
    Drill("AlertmanagerBadConfig", of_monitoring.alertmanager_file_broken, "alertmanager.yml with a misspelt key", severity="warning"),
    Drill("AlertmanagerFailingToSend", of_monitoring.heartbeat_refused, "the heartbeat's receiver is gone", also=BLIND),
    Drill("WatchdogMissing", of_monitoring.prometheus_ended, "Prometheus stopped"),
]

# Before the crowds below: they leave a million lines for each search to read.
LOGS = [
    Drill("CredentialInLogs", of_telemetry.credential_logged, "a line with a bearer token", severity="warning", needs="loki"),
    Drill("ProcessAborted", of_telemetry.last_words, "last words of a C++ process", severity="warning", needs="loki",
          finds_nothing={2: "nothing else was wrong"}),
    Drill("ProxyOwnErrors", of_telemetry.proxy_answered_itself, "a line of the proxy that says so", severity="warning", needs="loki",
          finds_nothing={2: "the proxy has answered well", 3: "the proxy has answered well"}),
    Drill("UnexpectedErrorNew", of_telemetry.one_request_fails, "one sign-in while its table has another name", severity="warning",
          needs="loki", seconds=60),
    Drill("LogsMissing", of_telemetry.nothing_is_logged, "the level of the log set to error", severity="warning", needs="loki",
          seconds=90),
]

TELEMETRY = [
    Drill("TelemetryExportFailing", of_telemetry.collector_gone, "the collector stopped", severity="warning"),
    Drill("TelemetrySpoolFilling", of_telemetry.collector_gone_under_load, "the collector stopped, a small spool, much traffic",
          severity="warning", seconds=60),
    Drill("TelemetryLoss", of_telemetry.collector_gone_under_load, "the collector stopped, a small spool, much traffic",
          severity="warning", seconds=90),
    Drill("CardinalityBudgetExceeded", of_telemetry.too_many_series, "a target tells 21,000 series", severity="warning",
          labels={"limit": "samples"}),
    Drill("CardinalityBudgetExceeded", of_telemetry.label_over_its_bound, "a target counts labels over their bound",
          severity="warning", labels={"limit": "bounds"}),
    Drill("LokiRuleFailures", of_monitoring.log_rule_that_fails, "a rule that reads the text of a line as a number", severity="warning",
          needs="loki", seconds=60),
    Drill("LokiLoss", of_telemetry.line_too_old, "a line of two months ago", severity="warning", needs="loki"),
    Drill("CollectorLoss", of_telemetry.tempo_refuses, "Tempo's place refuses every batch", severity="warning", needs="tempo",
          seconds=60),
    Drill("TempoLoss", of_telemetry.trace_too_large, "a trace larger than Tempo takes", severity="warning", needs="tempo",
          seconds=60),
]

DRILLS = API + REFUSALS + DATABASE + JOBS + MEDIA + BACKUP + SECURITY + LOGS + TELEMETRY + MONITORING

# Alert -> why no fault can cause it here.
NOT_DRILLED: dict[str, str] = {
    "DbTransactionIdsOld": "a thousand million transactions would have to be spent; its promtool tests hold the numbers",
    "HostFileSystemReadOnly": "a file system of this machine would have to be mounted anew; its promtool tests hold the numbers",
    "HostOomKill": "the kernel would have to end a process of this machine; its promtool tests hold the numbers",
    "PrometheusStorageFailing": "files would have to be damaged that Prometheus has open; its promtool tests hold the numbers",
    "SilenceForgotten": "a week is seventeen minutes in the shortest time that rules run in; its promtool tests hold the numbers",
    "HostCpuSaturated": "this machine would have to be slow for the drills beside it too; its promtool tests hold the numbers",
    "ProxyConnectionsDropped": "the proxy would need fewer places for connections than nginx starts with; its promtool tests hold the numbers",
    "TransfersSlow": "a transfer is as slow as its client: more than twenty of eight seconds each do not fit into a drill's half hour",
    "DbNotMeasured": "the exporter tries for six seconds to log in before it answers, longer than a scrape may take in compressed time",
    "HostDiskFilling": "a disk of this machine would have to be filled; its promtool tests hold the numbers",
    "HostInodesFilling": "a disk of this machine would have to be filled with files; its promtool tests hold the numbers",
    "HostMemoryLow": "the memory of this machine would have to be used up; its promtool tests hold the numbers",
    "DbOutageRecent": "told to nobody; the drill of DbDown and the outage of ten minutes (quiet_test.py) show what it holds back",
    "Watchdog": "fires always; a stack is ready for drills once its beat has arrived",
}
