"""scripts/pager.py alone on a free port: asked as a browser, as Alertmanager and as an attacker would."""

import http.client
import json
import pathlib
import socket
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from live_stack import status_of, wait_for  # noqa: E402
from local_stack import settings  # noqa: E402

TOKEN = "a-token-of-the-tests-0123456789"
NOBODY = "http://127.0.0.1:1"


def alert(status: str = "firing", **labels: str) -> dict:
    return {"status": status, "startsAt": "2026-01-01T03:00:00Z", "endsAt": "2026-01-01T03:10:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
            "labels": {"alertname": "DbDown", "service": "vigie", "component": "database", "env": "local", "severity": "critical",
                       "slo": "availability"} | labels,
            "annotations": {"summary": "PostgreSQL does not answer.", "description": "Users get 503.",
                            "runbook_url": "http://127.0.0.1:9099/runbooks/database.md#dbdown",
                            "dashboard_url": "http://127.0.0.1:3000/d/vigie-start-here?from=now-1h&to=now&var-service=vigie"},
            "generatorURL": "http://127.0.0.1:9090/graph?g0.expr=vigie_db_up+%3D%3D+0&g0.tab=1", "fingerprint": "0123456789abcdef"}


def notification(*alerts: dict) -> dict:
    return {"status": alerts[0]["status"], "receiver": "page", "externalURL": "http://am", "alerts": list(alerts)}


BEAT = notification(alert(alertname="Watchdog", severity="none"))


class LivePager:
    """Ends with stop(). `output` is what it printed."""

    def __init__(self, directory: str, *arguments: str):
        self.directory = pathlib.Path(directory)
        self.port = settings.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        token = self.directory / "token"
        token.write_text(TOKEN)
        self.log = open(self.directory / "pager.out", "ab")
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts/pager.py"), "--port", str(self.port), "--webhook-token-file", str(token),
             "--prometheus", NOBODY, "--alertmanager", NOBODY, "--admin", NOBODY, *arguments],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait_for("the pager answers", 20, lambda: self.process.poll() is not None or status_of(f"{self.url}/livez") == 200)

    @property
    def output(self) -> str:
        return (self.directory / "pager.out").read_text()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.log.close()

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """A header that is None in `headers` is left out, Host too."""
        given = {"Host": f"127.0.0.1:{self.port}"} | (headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if body is not None:
            given = {"Content-Length": str(len(body))} | given
        for name, value in given.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content.decode(errors="replace")

    def send(self, kind: str, body: object, **headers: str) -> int:
        """As Alertmanager does it, unless `headers` say otherwise."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        return self.ask("POST", f"/{kind}", content, given | {name.replace("_", "-"): value for name, value in headers.items()})[0]

    def raw(self, text: bytes, seconds: float = 15) -> bytes:
        """What comes back until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(text)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
            return answer

    def held(self) -> list[dict]:
        return json.loads(self.ask("GET", "/pages", headers={"Accept": "application/json"})[1])


def path_with(path: str, fields: dict[str, str]) -> str:
    return f"{path}?{urllib.parse.urlencode(fields)}"
