"""Back ends that are no Debian packages: started when they are installed and this checkout has a configuration for them."""

import os
import shutil
import subprocess
from pathlib import Path

from local_stack.child import Child
from local_stack.settings import HOST, ROOT, Layout

# program -> its configuration in the checkout. Grafana's lies in a directory.
CONFIGURATIONS = {
    "loki": "loki/loki.yaml",
    "tempo": "telemetry/collector/tempo.yaml",
    "otelcol": "telemetry/collector/otelcol.yaml",
    "alloy": "loki/alloy.alloy",
    "grafana": "grafana/provisioning",
}
# Each names its configuration in a way of its own.
ARGUMENTS = {
    "loki": ["--config.file={}"],
    "tempo": ["--config.file={}"],
    "otelcol": ["--config={}"],
    "alloy": ["run", "{}"],
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
    found = {name: shutil.which(name) for name in CONFIGURATIONS}
    return {name: path for name, path in found.items() if path and is_the_program(name, path)}


def children(layout: Layout, ports: dict[str, int]) -> tuple[list[Child], list[str]]:
    """What to start, and the lines that say what is left out and why."""
    found = installed()
    missing = [name for name in CONFIGURATIONS if name not in found]
    lines = [f"Not found on PATH, left out: {', '.join(missing)}."] if missing else []
    started = []
    for name, path in found.items():
        if not (ROOT / CONFIGURATIONS[name]).exists():
            lines.append(f"{path} is left out: there is no {CONFIGURATIONS[name]} yet.")
        elif name == "grafana":
            started.append(grafana(path, layout, ports))
        else:
            argv = [path, *(word.format(ROOT / CONFIGURATIONS[name]) for word in ARGUMENTS[name])]
            started.append(Child(name, argv, layout.logs / f"{name}.log"))
    return started, lines


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
        "VIGIE_DASHBOARDS": str(ROOT / "grafana/dashboards"),
    }
    return child
