"""Whom Prometheus scrapes: the files that alerts/prometheus.yml reads, with this machine's ports."""

import json
from dataclasses import dataclass
from pathlib import Path

from local_stack.settings import HOST, is_used


@dataclass(frozen=True)
class Target:
    """A named instance keeps its series when the port changes."""

    port: str
    service: str
    instance: str


# job -> whom.
JOBS = {
    "vigie": [Target("admin", "vigie", "admin")],
    "monitoring": [Target("prometheus", "monitoring", "prometheus"), Target("alertmanager", "monitoring", "alertmanager")],
    "postgres": [Target("postgres_exporter", "vigie", "postgres")],
    "node": [Target("node_exporter", "vigie", "node")],
    "nginx": [Target("nginx_exporter", "vigie", "nginx")],
}

# Where its program is installed; elsewhere the job has no target.
BACK_END_JOBS = {
    "otelcol": [Target("otelcol_metrics", "monitoring", "otelcol"), Target("otelcol_spans", "monitoring", "spans")],
    "loki": [Target("loki", "monitoring", "loki")],
    "tempo": [Target("tempo", "monitoring", "tempo")],
    "alloy": [Target("alloy", "monitoring", "alloy")],
    "grafana": [Target("grafana", "monitoring", "grafana")],
}

# Instance of the probe -> what it asks for. `https` needs nothing but a process, `api` what users need.
PROBED = {"https": "/livez", "api": "/api/v1/events?limit=1"}


def group(port: int, labels: dict[str, str]) -> dict[str, object]:
    return {"targets": [f"{HOST}:{port}"], "labels": labels}


def blackbox(ports: dict[str, int]) -> list[dict[str, object]]:
    """The target is what is probed; who probes it travels in a label that Prometheus takes away."""
    return [{
        "targets": [f"https://{HOST}:{ports['https']}{path}"],
        "labels": {"service": "vigie", "instance": instance, "__prober": f"{HOST}:{ports['blackbox_exporter']}"},
    } for instance, path in PROBED.items()]


def write(directory: Path, ports: dict[str, int]) -> None:
    (directory / "back_ends").mkdir(parents=True)
    files = {
        job if job in JOBS else f"back_ends/{job}": [group(ports[target.port], {"service": target.service, "instance": target.instance})
              for target in targets if is_used(target.port)]
        for job, targets in (JOBS | BACK_END_JOBS).items()
    }
    files |= {"blackbox": blackbox(ports), "alertmanagers": [group(ports["alertmanager"], {})]}
    for name, groups in files.items():
        (directory / f"{name}.json").write_text(json.dumps(groups, indent=2))
