#!/usr/bin/python3
"""Measures Vigie against its peers, in one run on one machine, and prints minimum, median and maximum.

    make bench                      (builds the release preset first)
    tests/bench/run.py --rounds 5 --seconds 3
    tests/bench/run.py --figures 3  (1, 2, 3, 4: some of them)
    tests/bench/run.py --against build/plain/server/vigie  (two builds of Vigie, and nothing else)

Rounds alternate between the two sides of each comparison, so that a drift of the machine's speed hits
both; the ratio is taken round by round. Needs wrk, pgbench and PostgreSQL (Debian packages).
"""

import argparse
import contextlib
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "harness")]

from private_postgres import PrivatePostgres  # noqa: E402
from vigie_process import VigieProcess, free_port  # noqa: E402

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
OWNER = "00000000-0000-7000-8000-000000000001"
#: Nobody is to be refused here. One reactor: the load generator and PostgreSQL need the other core.
UNLIMITED = {"VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND": "1000000", "VIGIE_RATE_LIMIT_BURST": "10000000",
             "VIGIE_HTTP_REQUESTS_PER_ADDRESS_MAX": "1000000", "VIGIE_HTTP_REQUESTS_PER_ACCOUNT_MAX": "1000000",
             "VIGIE_HTTP_STREAMS_PER_ADDRESS_MAX": "1000000", "VIGIE_HTTP_STREAMS_PER_ACCOUNT_MAX": "1000000",
             "VIGIE_DATABASE_LEASED_PER_CALLER_MAX": "256", "VIGIE_DATABASE_WAITING_PER_CALLER_MAX": "256",
             "VIGIE_REACTORS": "1"}


def three(values, digits=0):
    return " / ".join(f"{v:,.{digits}f}" for v in (min(values), statistics.median(values), max(values)))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def wrk(url, pid, args, script=None):
    """One run of wrk: requests per second, p50 and p99 in ms, CPU µs of the server per request."""
    before = cpu_seconds(pid)
    options = ["-s", str(ROOT / "tests/bench" / script)] if script else []
    out = subprocess.run(["wrk", "-t1", f"-c{args.connections}", f"-d{args.seconds}s", "--latency", *options, url],
                         check=True, capture_output=True, text=True, timeout=args.seconds + 30).stdout
    spent = cpu_seconds(pid) - before
    if re.search(r"Non-2xx|Socket errors", out):
        raise RuntimeError(f"not every request of {url} was answered well:\n{out}")
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    scale = {"us": 1e-3, "ms": 1.0, "s": 1e3}

    def percentile(name):
        number, unit = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(number) * scale[unit]
    return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
            "p50_ms": percentile(50), "p99_ms": percentile(99), "cpu_us": 1e6 * spent / requests}


def print_side(name, runs, has_latency=True):
    latency = (f"   p50 {three([r['p50_ms'] for r in runs], 2)} ms"
               f"   p99 {three([r['p99_ms'] for r in runs], 2)} ms") if has_latency else ""
    print(f"  {name:<34} {three([r['rps'] for r in runs]):>30} requests/s{latency}"
          f"   CPU {three([r['cpu_us'] for r in runs], 1)} µs/request")


def print_ratio(over, under, goal):
    ratios = [a / b for a, b in zip(over, under)]
    met = "met" if statistics.median(ratios) >= goal else "MISSED"
    print(f"  ratio {three(ratios, 2)}   goal ≥ {goal}: {met}")


def print_p99_ratio(runs):
    """Of the first side to the second; the goal is the telemetry's."""
    ours, theirs = runs.values()
    ratios = [a["p99_ms"] / b["p99_ms"] for a, b in zip(ours, theirs)]
    met = "met" if statistics.median(ratios) <= 1.05 else "MISSED"
    print(f"  ratio of the p99 {three(ratios, 2)}   goal ≤ 1.05: {met}")


def compare(title, goal, ours, theirs, args, script=None):
    """`ours` and `theirs`: (name, url, pid); `script` is wrk's."""
    print(title)
    runs = {side[0]: [] for side in (ours, theirs)}
    for _ in range(args.rounds):
        for name, url, pid in (ours, theirs):
            runs[name].append(wrk(url, pid, args, script))
    for name, results in runs.items():
        print_side(name, results, script is None)  # wrk knows no latency of a request in a burst
    print_ratio([r["rps"] for r in runs[ours[0]]], [r["rps"] for r in runs[theirs[0]]], goal)
    return runs


def fill_database(postgres):
    """200,000 published events of 10,000 owners, as the demo's generator would spread them."""
    postgres.psql((ROOT / "tests" / "bench" / "fill.sql").read_text())
    postgres.psql("vacuum analyze")  # not within the transaction of a script


@contextlib.contextmanager
def beast_peer(args):
    """It prints its port and ends with its standard input."""
    with subprocess.Popen([str(args.build / "tests/bench/vigie_beast_peer")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{port}/livez", process.pid
        finally:
            process.stdin.close()


@contextlib.contextmanager
def trace_sink(directory):
    """A collector that takes every batch and keeps nothing: nginx."""
    port = free_port()
    configuration = directory / "nginx.conf"
    configuration.write_text(f"""
daemon off; pid {directory}/nginx.pid; error_log stderr crit; worker_processes 1;
events {{}}
http {{ access_log off; client_body_temp_path {directory}/nginx; client_max_body_size 8m; client_body_buffer_size 2m;
  proxy_temp_path {directory}/p; fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }} }}
""")
    with subprocess.Popen(["nginx", "-c", str(configuration)], stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def pgbench(postgres, script, clients, args):
    out = subprocess.run(
        ["pgbench", "-n", "-M", "prepared", "-D", f"owner={OWNER}", "-D", "limit=21", "-f", script, "-c", str(clients), "-j", str(min(clients, 2)),
         "-T", str(args.seconds), "-h", postgres.socket_dir, "-U", "vigie", "vigie"],
        check=True, capture_output=True, text=True, timeout=args.seconds + 30, cwd="/").stdout
    return float(re.search(r"tps = ([\d.]+)", out).group(1))


def compare_with_pgbench(vigie, postgres, args):
    print("2. GET /api/v1/events?owner=…&limit=20 against pgbench with the same prepared SQL, goal ≥ 0.5×")
    sql = subprocess.run([str(args.build / "tests/bench/vigie_owner_list_sql")], check=True,
                         capture_output=True, text=True, timeout=10).stdout
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(sql + ";\n")
        script.flush()
        os.chmod(script.name, 0o644)
        ours, theirs = [], []
        for _ in range(args.rounds):
            ours.append(wrk(f"{vigie.url}/api/v1/events?owner={OWNER}&limit=20", vigie.pid, args))
            theirs.append(max((pgbench(postgres, script.name, c, args), c) for c in (1, 2, 4, 8)))
    print_side("vigie", ours)
    print(f"  {'pgbench, best of 1, 2, 4, 8':<34} {three([t[0] for t in theirs]):>30} transactions/s"
          f"   (best with {sorted({t[1] for t in theirs})} connections)")
    print_ratio([r["rps"] for r in ours], [t[0] for t in theirs], 0.5)


def idle_connections(vigie, count=1000):
    sockets = []
    try:
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", vigie.port), 5)
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: bench\r\n\r\n")
            connection.recv(4096)
            sockets.append(connection)
        return resident_mb(vigie.pid)
    finally:
        for connection in sockets:
            connection.close()


def compare_builds(start, args):
    """The program of --build against another one: 1.00 is no difference."""
    ours, theirs = start(VIGIE_TELEMETRY="true"), start(str(args.against), VIGIE_TELEMETRY="true")
    for title, target, script in (("GET /livez", "/livez", None), ("GET /livez, 16 requests at a time", "/livez", "pipelined.lua"),
                                  ("GET /api/v1/events?owner=…&limit=20", f"/api/v1/events?owner={OWNER}&limit=20", None)):
        compare(title, 0.97, (str(args.build), ours.url + target, ours.pid), (str(args.against), theirs.url + target, theirs.pid),
                args, script)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--figures", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--against", type=pathlib.Path, help="another build's program of Vigie")
    args = parser.parse_args()
    cpu = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"{os.cpu_count()} cores, {cpu.group(1) if cpu else 'unknown processor'}; {args.rounds} rounds of "
          f"{args.seconds} s, {args.connections} connections; figures are min / median / max\n")
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-bench-")))
        os.chmod(directory, 0o755)
        postgres = stack.enter_context(PrivatePostgres(directory / "data", directory / "postgres.log"))
        built = str(args.build / "server/vigie")
        start = lambda program=built, **environment: stack.enter_context(  # noqa: E731
            VigieProcess(postgres.url, directory, UNLIMITED | environment, program))
        migrate = VigieProcess(postgres.url, directory, program=built)
        migrate.run("migrate", "up")
        fill_database(postgres)
        if args.against:
            compare_builds(start, args)
            return
        on = start(VIGIE_TELEMETRY="true", OTEL_EXPORTER_OTLP_ENDPOINT=stack.enter_context(trace_sink(directory)))
        if 1 in args.figures:
            livez = (("vigie", f"{on.url}/livez", on.pid),
                     ("boost.beast async, one thread", *stack.enter_context(beast_peer(args))))
            compare("1. GET /livez through the whole pipeline against boost.beast with the same answer, goal ≥ 1.3×",
                    1.3, *livez, args)
            compare("1b. The same, 16 requests at a time on a connection: less of it is the kernel's, goal ≥ 1.3×",
                    1.3, *livez, args, "pipelined.lua")
        if 2 in args.figures:
            compare_with_pgbench(on, postgres, args)
        if 3 in args.figures:
            off = start(VIGIE_TELEMETRY="false")
            target = f"/api/v1/events?owner={OWNER}&limit=20"
            print_p99_ratio(compare(
                "3. The same request with all telemetry on against off, goal ≥ 0.97×", 0.97,
                ("telemetry on", on.url + target, on.pid), ("telemetry off", off.url + target, off.pid), args))
        if 4 in args.figures:
            fresh = start(VIGIE_TELEMETRY="true")
            before = resident_mb(fresh.pid)
            print(f"4. Memory: {before:.1f} MB after start, {idle_connections(fresh):.1f} MB with 1,000 idle "
                  "connections, goal < 40 MB")


if __name__ == "__main__":
    main()
