"""nginx in front of Vigie: deploy/nginx/nginx.conf with this machine's ports and paths, and a certificate of its own."""

import os
import subprocess
from pathlib import Path

from local_stack.child import Child, run_to_end
from local_stack.rendered import write_rendered
from local_stack.settings import HOST, Layout, write_private

SOURCE = "deploy/nginx/nginx.conf"
CERTIFICATE_DAYS = 397
RENEWED_BEFORE_DAYS = 60
DAY_S = 86_400


def replacements(layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """What nginx.conf says of compose.yaml's network, and what it is here. Each must occur in it."""
    own = layout / "nginx"
    return {
        "/var/log/proxy/access.log": "/dev/stdout",
        "/tmp/": f"{own}/",
        "/etc/nginx/tls/": f"{layout / 'tls'}/",
        "    server vigie-1:8080 max_fails=1 fail_timeout=1s;\n": f"    server {HOST}:{ports['api']} max_fails=0;\n",
        "    server vigie-2:8080 max_fails=1 fail_timeout=1s;\n": "",
        "0.0.0.0:8443": f"{HOST}:{ports['https']}",
        "0.0.0.0:8081": f"{HOST}:{ports['nginx_status']}",
        "worker_processes 2;": "worker_processes 1;",
        # The demo and every load come from one address here, as the server's own limits allow (settings.SERVER_DEFAULTS).
        "rate=1000r/s": "rate=10000r/s",
        "burst=2000": "burst=40000",
    }


def make_certificate(directory: Path, days: int = CERTIFICATE_DAYS) -> None:
    """A self-signed certificate for this machine; whoever checks it is given the same file as its authority."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft_key, draft = directory / "draft.key", directory / "draft.crt"
    write_private(draft_key, "")  # openssl keeps the mode of a file that exists
    run_to_end(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", str(days), "-subj", "/CN=localhost", "-addext", f"subjectAltName=DNS:localhost,IP:{HOST}",
                "-keyout", str(draft_key), "-out", str(draft)], "openssl made no certificate")
    draft_key.replace(directory / "proxy.key")
    draft.replace(directory / "proxy.crt")


def renew_certificate(directory: Path) -> bool:
    """Makes one where there is none, or where it ends soon; says whether it did."""
    check = ["openssl", "x509", "-noout", "-checkend", str(RENEWED_BEFORE_DAYS * DAY_S), "-in", str(directory / "proxy.crt")]
    if subprocess.run(check, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
        return False
    make_certificate(directory)
    return True


def nginx(layout: Layout, ports: dict[str, int]) -> Child:
    renew_certificate(layout / "tls")
    own = layout / "nginx"
    configuration = write_rendered(SOURCE, replacements(layout, ports), own / "nginx.conf")
    argv = [program(), "-e", "stderr", "-p", str(own), "-c", str(configuration)]
    return Child("nginx", argv, layout.logs / "nginx.log", stop_s=5)


def program() -> str:
    """Debian installs it where only root's PATH leads."""
    return "/usr/sbin/nginx" if os.access("/usr/sbin/nginx", os.X_OK) else "nginx"
