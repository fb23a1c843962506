#!/usr/bin/python3
"""What an outage of the collector costs, at a constant 1,000 requests a second: memory, records, time to catch up.

    tests/bench/outage.py               an outage of 30 s of each kind, as in `make bench`
    tests/bench/outage.py --full        ten minutes of each kind
    tests/bench/outage.py --kind hung   one kind: "refused" (no listener) or "hung" (accepts, never answers)

All traces are kept, and log records go to the same collector. A request makes two spans and one log record. Exit code 1
when a goal is missed.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "harness")]

from private_postgres import PrivatePostgres  # noqa: E402
from vigie_process import VigieProcess  # noqa: E402

GOAL_MIB = 16
CATCH_UP_S_MAX = 600
BATCH_DELAY_MS = 300
SETTINGS = {"VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND": "1000000", "VIGIE_RATE_LIMIT_BURST": "10000000",
            "VIGIE_REACTORS": "1", "OTEL_TRACES_SAMPLER": "always_on", "OTEL_LOGS_EXPORTER": "otlp",
            "OTEL_BSP_SCHEDULE_DELAY": str(BATCH_DELAY_MS), "OTEL_BLRP_SCHEDULE_DELAY": str(BATCH_DELAY_MS)}
REQUEST = b"GET /api/v1/events?limit=1 HTTP/1.1\r\nHost: bench\r\nUser-Agent: outage\r\n\r\n"
SIGNALS = ("traces", "logs")


class Collector:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, str(ROOT / "tests/harness/counting_receiver.py"), "0"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def command(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def fail(self, kind):
        if kind == "hung":
            self.process.send_signal(signal.SIGSTOP)
        else:
            self.command("close")

    def return_from(self, kind):
        if kind == "hung":
            self.process.send_signal(signal.SIGCONT)
        else:
            self.command("open")

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.communicate(timeout=10)


class Load:
    """A constant rate over kept connections; a late answer delays none of the requests after it but on its connection,
    and its latency counts from the time it was due."""

    CONNECTIONS = 8

    def __init__(self, port, rate):
        self.port, self.interval = port, self.CONNECTIONS / rate
        self.is_over, self.latencies_ms, self.failed_count = False, [], 0
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(self.CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        due = time.monotonic() + number * self.interval / self.CONNECTIONS
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not self.is_over:
                time.sleep(max(0.0, due - time.monotonic()))
                self.ask(connection)
                self.latencies_ms.append(1e3 * (time.monotonic() - due))
                due += self.interval

    def ask(self, connection):
        connection.sendall(REQUEST)
        answer = connection.recv(65536)
        header, _, body = answer.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", header).group(1))
        while len(body) < length:
            body += connection.recv(65536)
        self.failed_count += not answer.startswith(b"HTTP/1.1 200")

    def stop(self):
        self.is_over = True
        for thread in self.threads:
            thread.join(20)


class Watch:
    """Looks at the process twice a second; every look at the ledger must balance."""

    def __init__(self, vigie, load, spool):
        self.vigie, self.load, self.spool, self.unbalanced_count = vigie, load, spool, 0

    def ledger(self):
        signals = json.loads(self.vigie.admin("/debug/ledger")[1])["signals"]
        for account in signals.values():
            parts = sum(account["dropped"].values()) + sum(
                account[name] for name in ("exported", "sampled_out", "queued", "spooled"))
            self.unbalanced_count += parts != account["created"]
        return signals

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.vigie.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def cpu_s(self):
        words = pathlib.Path(f"/proc/{self.vigie.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def disk_bytes(self):
        sizes = 0
        for file in self.spool.rglob("*.spool"):
            with contextlib.suppress(FileNotFoundError):  # it was replayed meanwhile
                sizes += file.stat().st_size
        return sizes

    def phase(self, name, seconds, is_over=lambda ledger: False):
        """Prints what the phase was like; returns its median memory, MiB, and its length."""
        self.load.latencies_ms.clear()
        memory, start, cpu_s = [], time.monotonic(), self.cpu_s()
        while time.monotonic() - start < seconds:
            memory.append(self.resident_mib())
            ledger = self.ledger()
            if is_over(ledger):
                break
            time.sleep(0.5)
        length, cpu_s = time.monotonic() - start, self.cpu_s() - cpu_s
        late = sorted(self.load.latencies_ms)
        spooled = sum(ledger[one]["spooled"] for one in SIGNALS)
        print(f"  {name:<8} {length:6.1f} s {len(late) / length:7,.0f} requests/s, p50 {late[len(late) // 2]:.2f} "
              f"p99 {late[len(late) * 99 // 100]:.2f} ms, CPU {1e6 * cpu_s / len(late):.0f} us a request, memory "
              f"{min(memory):.1f} / {statistics.median(memory):.1f} / {max(memory):.1f} MiB, {spooled:,} records in the spool, "
              f"{self.disk_bytes() / 1e6:.1f} MB", flush=True)
        return memory, length


def judge(what, is_met):
    print(f"  {what}: {'met' if is_met else 'MISSED'}", flush=True)
    return is_met


def is_caught_up(ledger):
    return all(ledger[one]["spooled"] == 0 for one in SIGNALS)


def settle(watch, collector):
    """Both books, when the load has ended and the last batches had time to go: a look makes records of its own."""
    watch.load.stop()
    time.sleep(10 * BATCH_DELAY_MS / 1000)
    return watch.ledger(), collector.command("counts")


def measure(kind, vigie, collector, spool, args):
    print(f"{kind}, {args.seconds} s at {args.rate:,} requests/s")
    load = Load(vigie.port, args.rate)
    try:
        watch = Watch(vigie, load, spool)
        watch.phase("warm-up", args.warm_up)
        before, _ = watch.phase("before", 10)
        collector.fail(kind)
        during, _ = watch.phase("during", args.seconds)
        collector.return_from(kind)
        replay, catch_up_s = watch.phase("replay", CATCH_UP_S_MAX, is_caught_up)
        after, _ = watch.phase("after", 10)
        ledger, received = settle(watch, collector)
    finally:
        load.stop()
    base = statistics.median(before)
    grown = max(abs(mib - base) for mib in during + replay + after)
    is_met = [judge(f"memory within {grown:.1f} MiB of {base:.1f} MiB, goal {GOAL_MIB}", grown <= GOAL_MIB),
              judge(f"the spool was empty {catch_up_s:.1f} s after the return, goal < {CATCH_UP_S_MAX}",
                    catch_up_s < CATCH_UP_S_MAX),
              judge(f"{watch.unbalanced_count} looks at the ledger out of balance, {load.failed_count} requests failed",
                    watch.unbalanced_count + load.failed_count == 0)]
    for one in SIGNALS:
        mine, theirs = ledger[one], received[one]
        lost = sum(mine["dropped"].values())
        unaccounted = mine["created"] - mine["queued"] - lost - theirs["records"]
        is_met.append(judge(
            f"{one}: {mine['created']:,} created, {mine['queued']} queued, {theirs['records']:,} received, {theirs['again']:,} of them again, "
            f"{theirs['bytes'] / max(1, theirs['records'] + theirs['again']):.0f} bytes each, {lost} lost, "
            f"{unaccounted} unaccounted, goal 0 and 0", lost == 0 and unaccounted == 0))
    print(flush=True)
    return all(is_met)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--kind", choices=("refused", "hung"), action="append")
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--warm-up", type=int, default=30)
    parser.add_argument("--spool-mib", type=int, default=256)
    parser.add_argument("--full", action="store_true", help="outages of ten minutes")
    args = parser.parse_args()
    args.seconds = 600 if args.full else args.seconds
    is_met = []
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-outage-")))
        os.chmod(directory, 0o755)
        postgres = stack.enter_context(PrivatePostgres(directory / "data", directory / "postgres.log"))
        program = str(args.build / "server/vigie")
        VigieProcess(postgres.url, directory, program=program).run("migrate", "up")
        for kind in args.kind or ("refused", "hung"):
            collector = Collector()
            stack.callback(collector.end)
            spool = directory / f"spool-{kind}"
            settings = SETTINGS | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
                                   "VIGIE_TELEMETRY_SPOOL_DIRECTORY": str(spool),
                                   "VIGIE_TELEMETRY_SPOOL_BYTES_MAX": str(args.spool_mib << 20)}
            with VigieProcess(postgres.url, directory, settings, program) as vigie:
                is_met.append(measure(kind, vigie, collector, spool, args))
    return 0 if all(is_met) else 1


if __name__ == "__main__":
    sys.exit(main())
