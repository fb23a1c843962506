"""The exporters: PostgreSQL, the machine, the proxy, and the probe from outside."""

import os
from urllib.parse import urlsplit

from local_stack.child import Child
from local_stack.postgres import Postgres
from local_stack.rendered import write_rendered
from local_stack.settings import HOST, Layout

# What dashboards and alerts read of the machine, and nothing else: a scrape costs a millisecond, not ten.
NODE_COLLECTORS = ("cpu", "diskstats", "filefd", "filesystem", "loadavg", "meminfo", "netdev", "pressure", "sockstat", "stat",
                   "time", "uname", "vmstat")
BLACKBOX_SOURCE = "deploy/blackbox/blackbox.yml"


def node(layout: Layout, ports: dict[str, int]) -> Child:
    argv = ["prometheus-node-exporter", f"--web.listen-address={HOST}:{ports['node_exporter']}", "--log.level=warn",
            "--collector.disable-defaults", *(f"--collector.{name}" for name in NODE_COLLECTORS)]
    return Child("node exporter", argv, layout.logs / "node_exporter.log", stop_s=5)


def nginx(layout: Layout, ports: dict[str, int]) -> Child:
    argv = ["prometheus-nginx-exporter", f"-web.listen-address={HOST}:{ports['nginx_exporter']}", "-nginx.retries=60",
            "-nginx.retry-interval=1s", f"-nginx.scrape-uri=http://{HOST}:{ports['nginx_status']}/stub_status"]
    return Child("nginx exporter", argv, layout.logs / "nginx_exporter.log", stop_s=5)


def blackbox(layout: Layout, ports: dict[str, int]) -> Child:
    configuration = write_rendered(BLACKBOX_SOURCE, {"/etc/blackbox/tls/": f"{layout / 'tls'}/"}, layout / "blackbox.yml")
    argv = ["prometheus-blackbox-exporter", f"--config.file={configuration}", "--log.level=warn",
            f"--web.listen-address={HOST}:{ports['blackbox_exporter']}"]
    return Child("blackbox exporter", argv, layout.logs / "blackbox_exporter.log", stop_s=5)


def postgres(layout: Layout, ports: dict[str, int], database: Postgres | None) -> Child:
    argv = ["prometheus-postgres-exporter", f"--web.listen-address={HOST}:{ports['postgres_exporter']}", "--log.level=warn"]
    child = Child("PostgreSQL exporter", argv, layout.logs / "postgres_exporter.log", stop_s=5)
    source = database.data_source if database else os.environ["DATABASE_URL"]
    # In the environment: a command line can be read by everybody on the machine.
    child.environment = os.environ | {"DATA_SOURCE_NAME": without_tls(source)}
    child.directory = database.directory if database else None
    return child


def without_tls(source: str) -> str:
    """lib/pq insists on TLS where nothing is said of it; libpq, which reads the same text, does not."""
    if "sslmode=" in source:
        return source
    if not urlsplit(source).scheme:
        return f"{source} sslmode=disable"
    return f"{source}{'&' if '?' in source else '?'}sslmode=disable"
