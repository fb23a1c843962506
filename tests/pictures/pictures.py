#!/usr/bin/python3
"""pictures.py ENDPOINTS DIRECTORY [--minutes N] [UID …]: a PNG of each dashboard as Grafana's panels draw it.

For tests and documents only: where there is a Grafana, it shows the dashboards itself.
"""

import argparse
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/harness"))

import npm  # noqa: E402

sys.path.append(str(ROOT / "scripts"))

from paging.dashboards import flat  # noqa: E402

SOURCE = ROOT / "tests/pictures"
BUILT = ROOT / "build/preview"
BOARDS = ROOT / "grafana/dashboards"
# 600 MB.
INSTALL_LIMIT_S = 900
WIDTH_PX = 1624
CELL_PX = 34
HEAD_PX = 84
# Virtual: the page's clock runs ahead while nothing is asked of the network.
DRAW_MS = 20_000
PAGE = ("<!doctype html><meta charset=utf-8><link rel=stylesheet href=/bundle.css><style>*{box-sizing:border-box}body{margin:0}</style>"
        "<div id=root></div><script type=module src=/bundle.js></script>")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def missing() -> str | None:
    """Why no picture can be made, or None; installs the components and bundles the page where that was not done."""
    if not browser():
        return "not on PATH: chromium"
    if reason := npm.why_missing(BUILT, pins=SOURCE, limit_s=INSTALL_LIMIT_S):
        return f"Grafana's components: {reason}"
    bundle()
    return None


def bundle() -> None:
    subprocess.run([str(BUILT / "node_modules/.bin/esbuild"), str(SOURCE / "page.jsx"), "--bundle", "--format=esm", "--minify",
                    "--target=chrome110", f"--outfile={BUILT / 'bundle.js'}", "--define:process.env.NODE_ENV=\"production\"",
                    "--define:global=window", "--log-level=warning"],
                   check=True, env={"NODE_PATH": str(BUILT / "node_modules"), "PATH": "/usr/bin:/bin"})


def browser() -> str | None:
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


class Pages(http.server.BaseHTTPRequestHandler):
    """The page and its data. Loki and Tempo let no page of another origin ask them, so their answers pass through here."""

    stores: dict[str, str] = {}

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        store = path.split("/")[1]
        if path == "/":
            self.answer("text/html", PAGE.encode())
        elif path in ("/bundle.js", "/bundle.css"):
            self.answer("text/javascript" if path.endswith("js") else "text/css", (BUILT / path[1:]).read_bytes())
        elif store in self.stores:
            self.forward(self.stores[store] + self.path.removeprefix(f"/{store}"))
        elif path.startswith("/boards/") and (BOARDS / Path(path).name).is_file():
            self.answer("application/json", json.dumps(board_of(Path(path).stem)).encode())
        else:
            self.send_error(404)

    def forward(self, url: str) -> None:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                self.answer("application/json", answer.read())
        except OSError as fault:
            self.send_error(502, str(fault))

    def answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal is for the pictures' names."""


def board_of(uid: str) -> dict:
    """Its folded row is drawn open: what it holds is to be looked at."""
    return flat(json.loads((BOARDS / f"{uid}.json").read_text()))


def height_of(uid: str) -> int:
    panels = board_of(uid)["panels"]
    return HEAD_PX + CELL_PX * max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)


def take(url: str, picture: Path, height: int) -> None:
    with tempfile.TemporaryDirectory(prefix="vigie-browser-") as profile:
        subprocess.run(
            [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}",
             f"--window-size={WIDTH_PX},{height}", f"--virtual-time-budget={DRAW_MS}", f"--screenshot={picture}", url],
            check=True, timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pictures(endpoints: dict[str, str], directory: Path, minutes: int, uids: list[str]) -> list[Path]:
    """`endpoints`: where prometheus is, and loki and tempo where they run."""
    directory.mkdir(parents=True, exist_ok=True)
    stores = {name: endpoints[name] for name in ("loki", "tempo") if name in endpoints}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("StoredPages", (Pages,), {"stores": stores}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = []
    try:
        for uid in uids:
            picture = directory / f"{uid}.png"
            asked = {"board": uid, "prometheus": endpoints["prometheus"], "minutes": minutes, "stores": ",".join(stores)}
            url = f"http://127.0.0.1:{server.server_port}/?{urllib.parse.urlencode(asked)}"
            take(url, picture.resolve(), height_of(uid))
            made.append(picture)
            print(picture, flush=True)
    finally:
        server.shutdown()
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("endpoints", type=Path, help="endpoints.json of a running stack")
    parser.add_argument("directory", type=Path)
    parser.add_argument("uids", nargs="*")
    parser.add_argument("--minutes", type=int, default=10)
    arguments = parser.parse_intermixed_args()
    fault = missing()
    if fault:
        sys.exit(fault)
    uids = arguments.uids or sorted(path.stem for path in BOARDS.glob("*.json"))
    endpoints = json.loads(arguments.endpoints.read_text())
    pictures(endpoints, arguments.directory, arguments.minutes, uids)


if __name__ == "__main__":
    main()
