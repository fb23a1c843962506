"""Alertmanager alone on a free port with the configuration of alerts/, and a pager beside it where a test wants one."""

import json
import pathlib
import shutil
import subprocess
import sys
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from live_stack import read, status_of, wait_for  # noqa: E402
from local_stack import monitoring, settings  # noqa: E402

PROGRAM = shutil.which("prometheus-alertmanager")
MISSING = None if PROGRAM else "not installed: prometheus-alertmanager"
START_LIMIT_S = 20


class LiveAlertmanager:
    """`change` edits the configuration before the start, for planted faults. `pager_arguments` starts a pager too."""

    def __init__(self, directory: str, scale: float = 1.0, change=None, pager_arguments: list[str] | None = None):
        self.directory = pathlib.Path(directory)
        self.ports = {name: settings.free_port() for name in settings.PORTS}
        monitoring.render(self.directory / "alerts", monitoring.Rendering(self.ports, scale))
        if change:
            file = self.directory / "alerts/alertmanager.yml"
            file.write_text(yaml.safe_dump(change(yaml.safe_load(file.read_text()))))
        self.url = f"http://127.0.0.1:{self.ports['alertmanager']}"
        self.pager_url = f"http://127.0.0.1:{self.ports['pager']}"
        self.processes = []
        if pager_arguments is not None:
            self._start([sys.executable, str(ROOT / "scripts/pager.py"), "--port", str(self.ports["pager"]),
                         "--alertmanager", self.url, "--prometheus", "http://127.0.0.1:1",
                         "--webhook-token-file", str(self.directory / "alerts/pager_webhook_token"), *pager_arguments],
                        f"{self.pager_url}/livez")
        self._start([PROGRAM, f"--config.file={self.directory / 'alerts/alertmanager.yml'}", f"--storage.path={self.directory}",
                     "--cluster.listen-address=", f"--web.listen-address=127.0.0.1:{self.ports['alertmanager']}",
                     "--log.level=warn"], f"{self.url}/-/ready")

    def _start(self, argv: list[str], ready_url: str) -> None:
        with open(self.directory / "output.log", "ab") as output:
            self.processes.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output))
        wait_for(f"{pathlib.Path(argv[0]).name} answers", START_LIMIT_S, lambda: status_of(ready_url) == 200)

    def post(self, alerts: list[dict]) -> None:
        """Labels alone, or {"labels": …, "endsAt": …}."""
        body = json.dumps([alert if "labels" in alert else {"labels": alert} for alert in alerts]).encode()
        request = urllib.request.Request(f"{self.url}/api/v2/alerts", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()

    def alerts(self) -> list[dict]:
        # Each is held against all others: hundreds take seconds on a busy machine.
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=60) as answer:
            return json.load(answer)

    def taken(self, kind: str) -> list[dict]:
        """What the pager took of this kind, the oldest first."""
        return [record for record in read(f"{self.pager_url}/pages") if record["kind"] == kind]

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.wait(30)
