"""Where the stack's files are and which ports it takes. Each port has a setting in the environment; 0 takes a free one."""

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

HOST = "127.0.0.1"

# name -> (environment variable, default, who listens there)
PORTS = {
    "api": ("VIGIE_HTTP_PORT", 8080, "Vigie's public API"),
    "admin": ("VIGIE_ADMIN_PORT", 9464, "Vigie's admin port"),
    "prometheus": ("VIGIE_PROMETHEUS_PORT", 9090, "Prometheus"),
    "alertmanager": ("VIGIE_ALERTMANAGER_PORT", 9093, "Alertmanager"),
    "pager": ("VIGIE_PAGER_PORT", 9099, "the pager"),
    "https": ("VIGIE_HTTPS_PORT", 8443, "nginx, Vigie's TLS proxy"),
    "nginx_status": ("VIGIE_NGINX_STATUS_PORT", 8081, "nginx's status page"),
    "nginx_exporter": ("VIGIE_NGINX_EXPORTER_PORT", 9113, "the nginx exporter"),
    "postgres_exporter": ("VIGIE_POSTGRES_EXPORTER_PORT", 9187, "the PostgreSQL exporter"),
    "node_exporter": ("VIGIE_NODE_EXPORTER_PORT", 9100, "the node exporter"),
    "blackbox_exporter": ("VIGIE_BLACKBOX_EXPORTER_PORT", 9115, "the blackbox exporter"),
    "grafana": ("VIGIE_GRAFANA_PORT", 3000, "Grafana, where it is installed"),
    "otlp": ("VIGIE_OTLP_PORT", 4318, "the collector, where it is installed"),
    "otelcol_health": ("VIGIE_COLLECTOR_HEALTH_PORT", 13133, "the collector's health"),
    "otelcol_metrics": ("VIGIE_COLLECTOR_METRICS_PORT", 8888, "the collector's own metrics"),
    "otelcol_spans": ("VIGIE_COLLECTOR_SPANS_PORT", 8889, "the metrics that the collector makes of spans"),
    "tempo": ("VIGIE_TEMPO_PORT", 3200, "Tempo, where it is installed"),
    "tempo_grpc": ("VIGIE_TEMPO_GRPC_PORT", 9096, "Tempo's inner calls"),
    "tempo_otlp": ("VIGIE_TEMPO_OTLP_PORT", 4319, "Tempo's receiver"),
    "loki": ("VIGIE_LOKI_PORT", 3100, "Loki, where it is installed"),
    "loki_grpc": ("VIGIE_LOKI_GRPC_PORT", 9095, "Loki's inner calls"),
    "alloy": ("VIGIE_ALLOY_PORT", 12345, "Alloy, where it is installed"),
}
# Ports that are nobody's where a program is not installed.
PROGRAM_OF_PORT = {
    "grafana": "grafana", "otlp": "otelcol", "otelcol_health": "otelcol", "otelcol_metrics": "otelcol",
    "otelcol_spans": "otelcol", "tempo": "tempo", "tempo_grpc": "tempo", "tempo_otlp": "tempo", "loki": "loki",
    "loki_grpc": "loki", "alloy": "alloy",
}

# Settings of the stack that the server does not know; it refuses a VIGIE_ variable that is no setting of its own.
STACK_ONLY = {variable for name, (variable, _, _) in PORTS.items() if name not in ("api", "admin")} | {
    "VIGIE_BINARY",
    "VIGIE_STACK_DIR",
    "VIGIE_STACK_SCALE",
    "VIGIE_STACK_DEMO",
    "VIGIE_STACK_BACK_ENDS",
    "VIGIE_EXTERNAL_URL",
}

# What the stack sets for the server unless the environment says otherwise: the demo data is loaded through the public
# API by one address and a few accounts, far faster than any client should be.
SERVER_DEFAULTS = {
    # nginx: what it says of its client is believed.
    "VIGIE_HTTP_TRUSTED_PROXIES": HOST,
    "VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND": "5000",
    "VIGIE_RATE_LIMIT_BURST": "20000",
    "VIGIE_LOGIN_RATE_LIMIT_PER_MINUTE": "600",
    "VIGIE_LOGIN_RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "6000",
}


class SettingError(Exception):
    """A setting is wrong; the message is for the person who set it."""


@dataclass(frozen=True)
class Layout:
    """The stack's own directory and what lies in it."""

    root: Path

    def __truediv__(self, name: str) -> Path:
        return self.root / name

    @property
    def endpoints(self) -> Path:
        return self.root / "endpoints.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"


def write_private(path: Path, content: str | bytes) -> None:
    """Whole or not at all, and readable by the owner only."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    draft.replace(path)


def layout() -> Layout:
    return Layout(Path(os.environ.get("VIGIE_STACK_DIR") or ROOT / ".local").resolve())


def binary() -> Path:
    """The server that was built last for running, or the one VIGIE_BINARY names."""
    named = os.environ.get("VIGIE_BINARY")
    candidates = [Path(named)] if named else [ROOT / "build/release/server/vigie", ROOT / "build/release/server/app/vigie"]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate.resolve()
    raise SettingError(f"There is no server at {candidates[0]}: build it with `make server`, or name it in VIGIE_BINARY.")


def scale() -> float:
    """How the waits of alerts/ are shortened; tests set it."""
    return float(os.environ.get("VIGIE_STACK_SCALE") or 1)


def external_url(ports: dict[str, int]) -> str:
    """How people reach the pager, such as through a tunnel; the links of pages are made from it."""
    return (os.environ.get("VIGIE_EXTERNAL_URL") or f"http://{HOST}:{ports['pager']}").rstrip("/")


def demo_arguments() -> list[str] | None:
    """VIGIE_STACK_DEMO: `none`, or a number of events where the whole of it is more than is wanted."""
    given = os.environ.get("VIGIE_STACK_DEMO") or ""
    if given == "none":
        return None
    if given and not given.isdigit():
        raise SettingError(f"VIGIE_STACK_DEMO must be none or a number of events, not '{given}'.")
    return ["--events", given] if given else []


def wants_back_ends() -> bool:
    return os.environ.get("VIGIE_STACK_BACK_ENDS") != "none"


def program(name: str) -> str | None:
    return shutil.which(name)


def server_environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in STACK_ONLY}
    return SERVER_DEFAULTS | environment


def choose_ports() -> dict[str, int]:
    """The port of each component; all faults in one message."""
    ports: dict[str, int] = {}
    faults = []
    for name, (variable, default, listener) in PORTS.items():
        text = os.environ.get(variable) or str(default)
        if not text.isdigit() or int(text) > 65535:
            faults.append(f"{variable} must be a port from 0 to 65535, not '{text}'.")
            continue
        port = int(text) or free_port()
        if port in ports.values():
            faults.append(f"Port {port} of {listener} is taken by another part of the stack: set {variable} to another one.")
        elif is_used(name) and not is_free(port):
            faults.append(
                f"Port {port} of {listener} is in use{holder_of(port)}: "
                f"set {variable} to another one, or to 0 for any free one."
            )
        ports[name] = port
    if faults:
        raise SettingError("\n".join(faults))
    return ports


def is_used(port_name: str) -> bool:
    needed = PROGRAM_OF_PORT.get(port_name)
    return needed is None or (wants_back_ends() and program(needed) is not None)


def is_grafana_installed() -> bool:
    return is_used("grafana")


def free_port() -> int:
    """A port for a server that binds with SO_REUSEADDR, as all do here. A connection on it, ended from this side, is in
    TIME_WAIT for a minute: that long the kernel gives the port to nobody who asks for any, nor to a connection."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection((HOST, port)):
            listener.accept()[0].close()
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do; otherwise connections that ended a moment ago count as a port in use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder_of(port: int) -> str:
    """' by process 4711 (nginx)', or nothing when it is not ours to see."""
    listening = "0A"
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            fields = line.split()
            if fields[3] == listening and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(fd) in inodes for fd in (process / "fd").iterdir()):
                return f" by process {process.name} ({(process / 'comm').read_text().strip()})"
        except OSError:
            continue
    return ""
