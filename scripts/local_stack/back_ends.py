"""Back ends that are no Debian packages: started where they are installed, each with its file for this machine's ports."""

import os
import subprocess
from pathlib import Path

from local_stack import monitoring, settings
from local_stack.child import Child
from local_stack.rendered import write_rendered
from local_stack.settings import HOST, ROOT, Layout

CONFIGURATIONS = {
    "loki": "loki/loki.yaml",
    "tempo": "telemetry/collector/tempo.yaml",
    "otelcol": "telemetry/collector/otelcol.yaml",
    "alloy": "loki/alloy.alloy",
    "grafana": "grafana/provisioning",
}
# Debian has a genetics program called loki: the real one says so in its version.
VERSION_WORDS = {"loki": "loki, version"}
GRAFANA_HOMES = ("/usr/share/grafana", "/opt/grafana")


def is_the_program(name: str, path: str) -> bool:
    if name not in VERSION_WORDS:
        return True
    done = subprocess.run([path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
    return VERSION_WORDS[name] in done.stdout + done.stderr


def installed() -> dict[str, str]:
    if not settings.wants_back_ends():
        return {}
    found = {name: settings.program(name) for name in CONFIGURATIONS}
    return {name: path for name, path in found.items() if path and is_the_program(name, path)}


def missing() -> str:
    """The line that says what is left out and why."""
    if not settings.wants_back_ends():
        return "Loki, Tempo, collector, Alloy and Grafana are left out: VIGIE_STACK_BACK_ENDS=none."
    names = [name for name in CONFIGURATIONS if name not in installed()]
    return f"Not found on PATH, left out: {', '.join(names)}." if names else ""


def changes(name: str, layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """What the file of `name` says of compose.yaml's network, and what it is here. Each must occur in it."""
    local = {port: f"{HOST}:{number}" for port, number in ports.items()}
    return {
        "loki": {
            "http_listen_address: 0.0.0.0": f"http_listen_address: {HOST}",
            "http_listen_port: 3100": f"http_listen_port: {ports['loki']}",
            "grpc_listen_port: 9095": f"grpc_listen_port: {ports['loki_grpc']}",
            "/var/lib/loki": str(layout / "loki"),
            "/etc/loki/rules": str(layout / "alerts" / monitoring.LOG_RULES),
            "http://alertmanager:9093": f"http://{local['alertmanager']}",
            "http://127.0.0.1:3000": f"http://{local['grafana']}",
        },
        "tempo": {
            "http_listen_address: 0.0.0.0": f"http_listen_address: {HOST}",
            "http_listen_port: 3200": f"http_listen_port: {ports['tempo']}",
            "grpc_listen_port: 9096": f"grpc_listen_port: {ports['tempo_grpc']}",
            "0.0.0.0:4318": local["tempo_otlp"],
            "/var/tempo": str(layout / "tempo"),
        },
        "otelcol": {
            "0.0.0.0:4318": local["otlp"],
            "0.0.0.0:8889": local["otelcol_spans"],
            "0.0.0.0:13133": local["otelcol_health"],
            "host: 0.0.0.0\n                port: 8888": f"host: {HOST}\n                port: {ports['otelcol_metrics']}",
            "http://tempo:4318": f"http://{local['tempo_otlp']}",
            "/var/lib/otelcol": str(layout / "otelcol"),
        },
        "alloy": {
            "/var/log/vigie/*.log": str(layout.logs / "vigie.log"),
            "/var/log/proxy/access.log": str(layout.logs / "nginx.log"),
            "/var/log/postgresql/*.log": str(layout.logs / "postgres.log"),
            "http://loki:3100": f"http://{local['loki']}",
        },
    }[name]


def arguments(name: str, configuration: Path, layout: Layout, ports: dict[str, int]) -> list[str]:
    return {
        "loki": [f"-config.file={configuration}"],
        "tempo": ["-target=all", f"-config.file={configuration}"],
        "otelcol": [f"--config={configuration}"],
        "alloy": ["run", f"--storage.path={layout / 'alloy'}", f"--server.http.listen-addr={HOST}:{ports['alloy']}",
                  "--disable-reporting", str(configuration)],
    }[name]


def children(layout: Layout, ports: dict[str, int]) -> list[Child]:
    return [component(name, path, layout, ports) for name, path in installed().items()]


def component(name: str, path: str, layout: Layout, ports: dict[str, int]) -> Child:
    if name == "grafana":
        return grafana(path, layout, ports)
    source = CONFIGURATIONS[name]
    configuration = write_rendered(source, changes(name, layout, ports), layout / name / Path(source).name)
    child = Child(name, [path, *arguments(name, configuration, layout, ports)], layout.logs / f"{name}.log", stop_s=10)
    # One of several on a developer's machine: they may not take it over.
    child.environment = os.environ | {"GOMAXPROCS": "2", "GOMEMLIMIT": "512MiB"}
    return child


def server_environment(ports: dict[str, int]) -> dict[str, str]:
    """Vigie's spans go to the collector that runs here, unless the environment names one."""
    if "otelcol" not in installed() or any(name.startswith("OTEL_EXPORTER_OTLP") for name in os.environ):
        return {}
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{ports['otlp']}"}


def grafana(path: str, layout: Layout, ports: dict[str, int]) -> Child:
    home = next((directory for directory in GRAFANA_HOMES if Path(directory).is_dir()), GRAFANA_HOMES[0])
    child = Child("Grafana", [path, "server", "--homepath", home], layout.logs / "grafana.log", stop_s=10)
    child.environment = os.environ | {
        "GF_PATHS_DATA": str(layout / "grafana"),
        "GF_PATHS_LOGS": str(layout / "grafana/log"),
        "GF_PATHS_PROVISIONING": str(ROOT / CONFIGURATIONS["grafana"]),
        "GF_SERVER_HTTP_ADDR": HOST,
        "GF_SERVER_HTTP_PORT": str(ports["grafana"]),
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "VIGIE_PROMETHEUS_URL": f"http://{HOST}:{ports['prometheus']}",
        "VIGIE_ALERTMANAGER_URL": f"http://{HOST}:{ports['alertmanager']}",
        "VIGIE_LOKI_URL": f"http://{HOST}:{ports['loki']}",
        "VIGIE_TEMPO_URL": f"http://{HOST}:{ports['tempo']}",
        "VIGIE_DASHBOARDS": str(ROOT / "grafana/dashboards"),
    }
    return child
