"""Prometheus and Alertmanager with the configuration of alerts/, written for this machine's ports."""

import json
import os
import secrets
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import yaml

from local_stack import targets
from local_stack.child import Child, StartError
from local_stack.compressed_time import CompressedTime
from local_stack.settings import HOST, ROOT, Layout, external_url, is_grafana_installed, scale, write_private
from paging.links import WRITTEN_PAGER, with_external_links

# Three beats and a margin, as scripts/pager.py has it; in compressed time Prometheus sends alerts each second at most.
HEARTBEAT_LIMIT_S, HEARTBEAT_LIMIT_S_MIN = 200.0, 8.0
WEBHOOK_TOKEN = "/run/secrets/pager_webhook_token"
# Of an admin port that others than this machine reach.
ADMIN_TOKEN = "    authorization: {credentials_file: /run/secrets/admin_token}\n"
LOG_RULES = "log_rules"
# On a developer's machine a ticket is told at once, whatever the hour.
WORKING_HOURS = "      active_time_intervals: [working_hours]\n"

# "Does it answer?" on loopback; whether the certificate is good is the blackbox exporter's question.
OWN_CERTIFICATE = ssl.create_default_context()
OWN_CERTIFICATE.check_hostname = False
OWN_CERTIFICATE.verify_mode = ssl.CERT_NONE


@dataclass(frozen=True)
class Rendering:
    """How the files of alerts/ differ where they run. A scale under 1 makes a test of hours one of seconds."""

    ports: dict[str, int]
    scale: float = 1.0

    def text(self, source: str, target: Path) -> str:
        """Links lead to the one address by which people reach the pager, which has dashboards too; receivers to its port."""
        source = source.replace(WORKING_HOURS, "").replace(ADMIN_TOKEN, "").replace(WEBHOOK_TOKEN, str(target / Path(WEBHOOK_TOKEN).name))
        return with_external_links(source, external_url(self.ports)).replace(f"url: {WRITTEN_PAGER}/", f"url: http://{HOST}:{self.ports['pager']}/")

    def time(self) -> CompressedTime:
        configuration = yaml.safe_load((ROOT / "alerts/prometheus.yml").read_text())
        return CompressedTime(self.scale, configuration["global"]["scrape_interval"])


def render(target: Path, rendering: Rendering) -> None:
    """Writes alerts/ into `target`, with the files that name the targets."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "templates").mkdir(parents=True)
    # The pager reads it here too; a new one at each start.
    write_private(target / Path(WEBHOOK_TOKEN).name, secrets.token_hex(24))
    for source in (ROOT / "alerts/templates").iterdir():
        (target / "templates" / source.name).write_text(rendering.text(source.read_text(), target))
    sources = {source.name: source for source in (ROOT / "alerts").glob("*.y*ml") if not source.name.endswith(".test.yaml")}
    # Rules of the log store: a folder for its one tenant.
    (target / LOG_RULES / "fake").mkdir(parents=True)
    sources |= {f"{LOG_RULES}/fake/{source.name}": source for source in (ROOT / "loki/rules/fake").glob("*.yaml")}
    for name, source in sources.items():
        text = rendering.text(source.read_text(), target)
        if rendering.scale != 1:
            text = yaml.safe_dump(rendering.time().node(yaml.safe_load(text)), sort_keys=False, width=1000)
        (target / name).write_text(text)
    targets.write(target / "targets", rendering.ports)


def prometheus(layout: Layout, ports: dict[str, int]) -> Child:
    argv = [
        "prometheus",
        f"--config.file={layout / 'alerts/prometheus.yml'}",
        f"--storage.tsdb.path={layout / 'prometheus'}",
        "--storage.tsdb.retention.time=32d",
        "--storage.tsdb.retention.size=2GB",
        f"--web.listen-address={HOST}:{ports['prometheus']}",
        f"--web.external-url=http://{HOST}:{ports['prometheus']}",
        "--web.enable-lifecycle",
        "--enable-feature=exemplar-storage",
        f"--rules.alert.resend-delay={max(1, round(15 * min(scale(), 1)))}s",
        "--log.level=warn",
    ]
    child = Child("Prometheus", argv, layout.logs / "prometheus.log", stop_s=10)
    child.directory = layout.root
    return child


def alertmanager(layout: Layout, ports: dict[str, int]) -> Child:
    argv = [
        "prometheus-alertmanager" if shutil.which("prometheus-alertmanager") else "alertmanager",
        f"--config.file={layout / 'alerts/alertmanager.yml'}",
        f"--storage.path={layout / 'alertmanager'}",
        "--data.retention=120h",
        "--cluster.listen-address=",
        f"--web.listen-address={HOST}:{ports['alertmanager']}",
        f"--web.external-url=http://{HOST}:{ports['alertmanager']}",
        "--log.level=warn",
    ]
    child = Child("Alertmanager", argv, layout.logs / "alertmanager.log", stop_s=10)
    child.directory = layout.root
    return child


def pager(layout: Layout, ports: dict[str, int]) -> Child:
    argv = ["/usr/bin/python3", str(ROOT / "scripts/pager.py"), "--port", str(ports["pager"]),
            "--journal", str(layout / "pages.jsonl"), "--prometheus", f"http://{HOST}:{ports['prometheus']}",
            "--alertmanager", f"http://{HOST}:{ports['alertmanager']}", "--admin", f"http://{HOST}:{ports['admin']}",
            "--external-url", external_url(ports), "--webhook-token-file", str(layout / "alerts" / Path(WEBHOOK_TOKEN).name),
            *(["--grafana", f"http://{HOST}:{ports['grafana']}"] if is_grafana_installed() else []),
            "--heartbeat-limit-s", str(max(HEARTBEAT_LIMIT_S * scale(), HEARTBEAT_LIMIT_S_MIN))]
    child = Child("The pager", argv, layout.logs / "pager.log", stop_s=5)
    child.environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    return child


def status_of(url: str) -> int | None:
    """None: nobody answers there, which is another trouble than a 503."""
    try:
        with urllib.request.urlopen(url, timeout=2, context=OWN_CERTIFICATE if url.startswith("https") else None) as answer:
            answer.read()  # who hangs up in the middle of an answer is a fault in the other's log
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return None


def reasons_of(url: str) -> str:
    """What a /readyz that is not 200 says, as the end of a sentence about it."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return f" {url} answers {answer.status} by now."
    except urllib.error.HTTPError as refusal:
        with refusal:
            said = refusal.read(2_000).decode(errors="replace")
        try:
            said = ", ".join(json.loads(said)["reasons"])
        except (ValueError, KeyError, TypeError):
            pass
        return f" {url} answers {refusal.code}: {said}"
    except OSError as fault:
        return f" {url}: {fault}"


def answers(url: str) -> bool:
    return status_of(url) == 200


def check_rendered(layout: Layout) -> None:
    """A broken rule file would leave Prometheus running without rules after a reload; say it at the start."""
    done = subprocess.run(["promtool", "check", "config", str(layout / "alerts/prometheus.yml")],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise StartError(f"alerts/prometheus.yml is not valid:\n{done.stdout}{done.stderr}")
