#!/usr/bin/python3
"""Uploads and downloads one large content on loopback, against nginx and against dd, and prints minimum, median and maximum.

    tests/bench/transfer.py                    (build/release; 5 rounds of 1 GiB; takes 5 GiB of disk, and gives them back)
    tests/bench/transfer.py --mib 256 --rounds 3

Each round measures all sides one after another, so that a drift of the machine hits all. Upload: from the creation to the
answer of `complete`, hash and fsync included, against `dd conv=fsync` of the same bytes and the hash of what it wrote.
Download: by curl, against nginx's sendfile of the same file. The server's memory is its peak (VmHWM) over everything.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/harness"), str(ROOT / "tests/bench")]

from client import Client  # noqa: E402
from media_case import HEADS  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402
from run import print_ratio, three  # noqa: E402
from vigie_process import VigieProcess, free_port  # noqa: E402

MIB = 1024 * 1024
PASSWORD = "a long enough passphrase"
TYPE = "video/mp4"


def timed(work):
    began_at = time.perf_counter()
    result = work()
    return time.perf_counter() - began_at, result


def peak_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024


def make_content(path, size, seed):
    """Another content each time: none is there already."""
    block = os.urandom(MIB)
    with open(path, "wb") as file:
        file.write(HEADS[TYPE] + seed.to_bytes(4, "big"))
        while file.tell() < size:
            file.write(block[:size - file.tell()])
        os.fsync(file.fileno())


def sign_in(vigie):
    email = "bench@example.org"
    vigie.run("user", "create", "--email", email, "--name", "Bench", "--role", "organiser", stdin=PASSWORD + "\n")
    client = Client(vigie.port, timeout_s=120)
    client.token = client.post("/api/v1/auth/login", {"email": email, "password": PASSWORD}).json["access_token"]
    return client


def send_part(port, token, part, source):
    """PUT with sendfile: the client costs next to nothing."""
    with socket.create_connection(("127.0.0.1", port), 120) as connection:
        connection.sendall(f"PUT {part['url']} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
                           f"Content-Length: {part['bytes']}\r\nConnection: close\r\n\r\n".encode())
        connection.sendfile(source, part["offset"], part["bytes"])
        answer = b""
        while portion := connection.recv(65536):
            answer += portion
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[:500])


def upload(client, vigie, path):
    body = {"file_name": "bench.mp4", "type": TYPE, "bytes": path.stat().st_size}
    made = client.post("/api/v1/media", body).json
    with open(path, "rb") as source:
        for part in made["parts"]:
            send_part(vigie.port, client.token, part, source)
    answer = client.post(made["complete_url"])
    if answer.status != 202:
        raise RuntimeError(answer)
    return answer.json


def write_and_hash(source, target):
    """What the disk and the processor can do with the same bytes: written once, synced, and read for the hash."""
    subprocess.run(["dd", f"if={source}", f"of={target}", "bs=1M", "conv=fsync", "status=none"], check=True, timeout=300)
    with open(target, "rb") as file:
        subprocess.run(["sha256sum"], stdin=file, stdout=subprocess.DEVNULL, check=True, timeout=300)
    target.unlink()


def download(url, size, token=""):
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{size_download} %{time_total}", url]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout
    status, count, seconds = out.split()
    if (status, int(count)) != ("200", size):
        raise RuntimeError(out)
    return float(seconds)


@contextlib.contextmanager
def nginx(directory, root):
    """One worker that sends the files below `root`."""
    port = free_port()
    configuration = directory / "nginx.conf"
    temporaries = " ".join(f"{name}_temp_path {directory}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration.write_text(f"""
daemon off; user root; pid {directory}/nginx.pid; error_log stderr crit; worker_processes 1;
events {{}}
http {{ access_log off; sendfile on; tcp_nopush on; {temporaries}
  server {{ listen 127.0.0.1:{port}; root {root}; }} }}
""")
    with subprocess.Popen(["nginx", "-c", str(configuration)], stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def measure(args, vigie, client, directory):
    size = args.mib * MIB
    source, target = directory / "source", directory / "target"
    seconds = {name: [] for name in ("upload", "dd", "download", "nginx")}
    objects = pathlib.Path(vigie.environment["VIGIE_BLOB_DIRECTORY"]) / "objects/blobs"
    with nginx(directory, objects) as nginx_url:
        for seed in range(args.rounds):
            make_content(source, size, seed)
            seconds["dd"].append(timed(lambda: write_and_hash(source, target))[0])
            spent, media = timed(lambda: upload(client, vigie, source))
            seconds["upload"].append(spent)
            stored = max(objects.rglob("*"), key=lambda path: (path.is_file(), path.stat().st_mtime))
            path = f"/api/v1/media/{media['id']}/content"
            seconds["nginx"].append(download(f"{nginx_url}/{stored.relative_to(objects)}", size))
            seconds["download"].append(download(f"{vigie.url}{path}", size, client.token))
            source.unlink()
            stored.unlink()  # only disk: the media is not asked for again
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--directory", type=pathlib.Path, help="on the disk to measure; the system's for temporary files")
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-transfer-", dir=args.directory)))
        os.chmod(directory, 0o755)
        postgres = stack.enter_context(PrivatePostgres(directory / "data", directory / "postgres.log"))
        program = str(args.build / "server/vigie")
        vigie = VigieProcess(postgres.url, directory, {"VIGIE_MEDIA_QUOTA_BYTES": str(1 << 40)}, program)
        vigie.run("migrate", "up")
        stack.enter_context(vigie)
        client = sign_in(vigie)
        before = peak_mb(vigie.pid)
        seconds = measure(args, vigie, client, directory)
        peak = peak_mb(vigie.pid)
    rates = {name: [args.mib / each for each in all] for name, all in seconds.items()}
    print(f"{args.mib} MiB, {args.rounds} rounds, MiB/s, min / median / max")
    print(f"  upload {three(rates['upload'])}   dd conv=fsync and sha256sum {three(rates['dd'])}")
    print_ratio(rates["upload"], rates["dd"], 0.7)
    print(f"  download {three(rates['download'])}   nginx sendfile {three(rates['nginx'])}")
    print_ratio(rates["download"], rates["nginx"], 0.8)
    print(f"  resident memory: {before:.0f} MB before, at most {peak:.0f} MB   goal < 64: {'met' if peak < 64 else 'MISSED'}")
    print(json.dumps(seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
