"""Where a page leads: one external address for all of it, so that a link works on the telephone that shows it."""

import re
import shlex
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

# The addresses that alerts/ and dashboards/ are written with.
WRITTEN_PAGER = "http://127.0.0.1:9099"
WRITTEN_DASHBOARDS = "http://127.0.0.1:3000"
# What requests or jobs show, by the component of an alert.
TRACED_COMPONENTS = {"api", "database", "proxy", "workers", "security", "media", "jobs"}
# Of these components, alerts that no trace in a process's memory shows: the process is gone or answers nobody, or what it
# is about is no request.
UNTRACED_ALERTS = {"ApiDown", "ApiInstanceDown", "ApiCrashLooping", "ApiProbeFailing", "ApiIndicatorMissing", "ApiTrafficDropped",
                   "CertificateExpiring", "FileDescriptorsNearLimit", "ProcessEndedUnasked", "ProxyConnectionsDropped", "RefusalsRisen",
                   "RateLimitedMany", "DbTransactionIdsOld", "ApiReadProbeFailing", "SchedulerMissing", "DbConnectionsNearLimit", "UploadsAbandoned",
                   "MediaPurgeOverdue"}
# Alerts whose requests are told apart by other words than `error=true`, which is 5xx alone.
CHOSEN_TRACES = {
    "DbSlowQueries": {"min_ms": "100"},
    "DbLongTransaction": {"min_ms": "1000"},
    "DbPoolExhausted": {"min_ms": "1000"},
    "WorkerQueueSaturated": {"min_ms": "250"},
    "ApiProbeSlow": {"min_ms": "250"},
    "ReactorLag": {"min_ms": "250"},
    "SignInSlow": {"min_ms": "750"},
    "TransfersSlow": {"min_ms": "7500"},
    "RefreshTokenReused": {"route": "/api/v1/auth/refresh"},
    "AuthFailureSurge": {"route": "/api/v1/auth/login"},
    "IdempotencyConflictSurge": {"route": "/api/v1/events"},
    "JobQueueOldestTooOld": {"min_ms": "1000"},
}
LATENCY_MS = "250"
TRACES_MAX = "5"


def traces_query(labels: dict[str, str]) -> dict[str, str] | None:
    """The filter of /debug/traces that finds what the alert is about; None where no trace can show it."""
    name = labels.get("alertname", "")
    if name in UNTRACED_ALERTS or labels.get("component") not in TRACED_COMPONENTS:
        return None
    if name in CHOSEN_TRACES:
        chosen = dict(CHOSEN_TRACES[name])
    else:
        chosen = {"min_ms": LATENCY_MS} if labels.get("slo") == "latency" else {"error": "true"}
    if labels.get("http_route"):
        chosen["route"] = labels["http_route"]
    return chosen | {"limit": TRACES_MAX}


def with_external_links(text: str, external: str) -> str:
    """A file of alerts/ with the links of its texts leading to `external`. Where Alertmanager sends to stays: `url: …`."""
    written = "|".join(re.escape(address) for address in (WRITTEN_PAGER, WRITTEN_DASHBOARDS))
    return re.sub(rf"(?m)(^ *(?:- )?(?:api_)?url: )?(?:{written})/",
                  lambda match: match[0] if match[1] else f"{external.rstrip('/')}/", text)


def is_web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


@dataclass(frozen=True)
class Links:
    """`external` is how people reach the pager, without a slash at its end."""

    external: str
    alertmanager: str

    def of(self, url: str) -> str:
        """A link of a rule, from outside."""
        for written in (WRITTEN_PAGER, WRITTEN_DASHBOARDS):
            if url.startswith(written + "/"):
                return self.external + url.removeprefix(written)
        return url

    def local(self, url: str) -> str:
        """The same as a path of this pager, for its own pages: they work under whatever name they were asked for."""
        moved = self.of(url)
        return moved.removeprefix(self.external) if moved.startswith(self.external + "/") else moved

    def alert(self, fingerprint: str, part: str = "") -> str:
        return f"{self.external}/a/{fingerprint}{part}"

    def silence_command(self, labels: dict[str, str]) -> list[str]:
        """Lines of one command, for whoever has amtool at hand: Debian's Alertmanager has no web application."""
        return [f"amtool --alertmanager.url={shlex.quote(self.alertmanager)} silence add \\",
                *(f"  {shlex.quote(matcher)} \\" for matcher in matchers(labels)), '  -d 2h -a "$USER" -c "why"']


def matchers(labels: dict[str, str]) -> list[str]:
    return [f"{name}={labels[name]}" for name in ("alertname", "service") if labels.get(name)]


def traces_path(query: dict[str, str]) -> str:
    return f"/traces?{urlencode(query)}"


def graph_path(expression: str, window: str = "1h") -> str:
    return f"/graph?{urlencode({'expr': expression, 'from': f'now-{window}'})}"
