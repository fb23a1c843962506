"""The drills. Whoever adds a rule to alerts/ adds its drill here, or its reason to NOT_DRILLED."""

import faults
from drill import Drill
from scene import HOUR_IS_SIX_SECONDS

# An outage inhibits the burn that it causes; when it is over, the burn is told while its windows still hold the errors.
SPENT_BUDGET = frozenset({"ApiAvailabilityBurn"})

NO_YESTERDAY = "the stack is younger than the day it looks back"
FAST, SLOW, TICKET, SLOW_TICKET = {"long": "1h"}, {"long": "6h"}, {"long": "1d"}, {"long": "3d"}

DRILLS = [
    Drill("ApiDown", faults.server_stopped, "Vigie stopped"),
    Drill("DbDown", faults.postgres_stopped, "PostgreSQL stopped", also=SPENT_BUDGET),
    Drill("ApiAvailabilityBurn", faults.table_renamed, "every query of a table fails", labels=FAST),
    Drill("ApiAvailabilityBurn", faults.table_renamed, "every query of a table fails", labels=SLOW, scale=HOUR_IS_SIX_SECONDS),
    Drill("ApiAvailabilityBurn", faults.few_errors, "4 of 1,000 requests fail", severity="warning", labels=TICKET,
          scale=HOUR_IS_SIX_SECONDS),
    Drill("ApiAvailabilityBurn", faults.few_errors, "4 of 1,000 requests fail", severity="warning", labels=SLOW_TICKET,
          scale=HOUR_IS_SIX_SECONDS, seconds=60),
    Drill("ApiLatencyBurn", faults.slow_queries, "every query of a table takes 300 ms", labels=FAST),
    Drill("ApiLatencyBurn", faults.slow_queries, "every query of a table takes 300 ms", labels=SLOW, scale=HOUR_IS_SIX_SECONDS),
    Drill("ApiLatencyBurn", faults.few_slow_requests, "1 request in 25 takes 300 ms", severity="warning", labels=TICKET,
          scale=HOUR_IS_SIX_SECONDS),
    Drill("ApiLatencyBurn", faults.few_slow_requests, "1 request in 25 takes 300 ms", severity="warning", labels=SLOW_TICKET,
          scale=HOUR_IS_SIX_SECONDS, seconds=60),
    Drill("ApiSustainedErrorsLowTraffic", faults.trickle_of_errors, "a request a second, every fourth fails", severity="warning",
          scale=HOUR_IS_SIX_SECONDS, has_traffic=False, finds_nothing={3: NO_YESTERDAY}),
    Drill("ApiIndicatorMissing", faults.histogram_dropped, "the scrape drops the histogram of requests",
          finds_nothing={2: "the series it asks for are what is lost"}),
]

# Alert -> why no fault can cause it here.
NOT_DRILLED: dict[str, str] = {
    "Watchdog": "fires always; a stack is ready for drills once its beat has arrived",
    "TelemetryLoss": "its fault can be caused here; the drill is not written yet",
    "TelemetrySpoolFilling": "its fault can be caused here; the drill is not written yet",
    "TelemetryExportFailing": "its fault can be caused here; the drill is not written yet",
    "CardinalityBudgetExceeded": "its fault can be caused here; the drill is not written yet",
    "CollectorLoss": "its fault can be caused here; the drill is not written yet",
    "LokiLoss": "its fault can be caused here; the drill is not written yet",
    "TempoLoss": "its fault can be caused here; the drill is not written yet",
    "WorkerQueueSaturated": "its fault can be caused here; the drill is not written yet",
    "FileDescriptorsNearLimit": "its fault can be caused here; the drill is not written yet",
    "AuthFailureSurge": "its fault can be caused here; the drill is not written yet",
    "RefreshTokenReused": "its fault can be caused here; the drill is not written yet",
    "IdempotencyConflictSurge": "its fault can be caused here; the drill is not written yet",
    "CertificateExpiring": "its fault can be caused here; the drill is not written yet",
    "HostDiskFilling": "a disk of this machine would have to be filled; its promtool tests hold the numbers",
    "HostMemoryLow": "the memory of this machine would have to be used up; its promtool tests hold the numbers",
    "PrometheusNotConnectedToAlertmanagers": "without an Alertmanager no message can arrive; the missing heartbeat tells it, see the pager",
    "PrometheusErrorSendingAlerts": "what does not reach the only Alertmanager cannot be told by it; the missing heartbeat tells it",
    "PrometheusRuleFailures": "its fault can be caused here; the drill is not written yet",
    "PrometheusMissedEvaluations": "a machine too busy to evaluate is too busy to drill on",
    "PrometheusBadConfig": "its fault can be caused here; the drill is not written yet",
    "PrometheusScrapeLimitHit": "its fault can be caused here; the drill is not written yet",
    "AlertmanagerBadConfig": "its fault can be caused here; the drill is not written yet",
    "AlertmanagerFailingToSend": "its fault can be caused here; the drill is not written yet",
}
