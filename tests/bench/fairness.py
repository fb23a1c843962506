#!/usr/bin/python3
"""Measures what everybody else notices while one caller does its worst to a pool: the p99 then, against the p99 before.

    tests/bench/fairness.py                       (build/release; 5 rounds of all pools)
    tests/bench/fairness.py --pools leased hash --rounds 3

The caller is one address, with six accounts where that helps it, and stays within the default rates and shares: all settings
are those of `vigie serve`. Each round measures an honest client of another address before and during the attack; ratios are
minimum, median and maximum of the rounds. Whoever is not served is counted: nobody else may get a 4xx or 5xx.
"""

import argparse
import collections
import contextlib
import dataclasses
import functools
import io
import json
import os
import pathlib
import sys
import tempfile
import time
import uuid
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/harness"), str(ROOT / "tests/bench")]

from PIL import Image  # noqa: E402

from api_case import PASSWORD, event_draft  # noqa: E402
from client import Client  # noqa: E402
from greedy_clients import GreedyClients, request_of  # noqa: E402
from media_case import content_of, picture  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402
from run import three  # noqa: E402
from slow_clients import SlowClients  # noqa: E402
from vigie_process import VigieProcess  # noqa: E402

GREEDY = "127.0.0.9"
ACCOUNTS = 6
#: The honest client keeps the rate of its address.
PAUSE_S = 0.012
PART_BYTES = 5 * 1024 * 1024
MEDIA = {"file_name": "a.mp4", "type": "video/mp4", "bytes": 4 << 30, "part_bytes": PART_BYTES}


def p99(times):
    return sorted(times)[int(len(times) * 0.99)]


class World:
    """One server with its accounts."""

    def __init__(self, vigie):
        self.vigie = vigie
        self.addresses = (f"127.{net}.{host}.1" for net in range(1, 255) for host in range(1, 255))
        self.greedy = [self.account() for _ in range(ACCOUNTS)]
        self.honest = self.account()

    def account(self):
        """(e-mail, access token) of a fresh organiser; each signs in from an address of its own."""
        email = f"{uuid.uuid4().hex}@example.org"
        self.vigie.run("user", "create", "--email", email, "--name", "Kai", "--role", "organiser", stdin=PASSWORD + "\n")
        return email, self.sign_in(email).json["access_token"]

    def sign_in(self, email):
        with self.client(None) as client:
            return client.post("/api/v1/auth/login", {"email": email, "password": PASSWORD})

    def client(self, token):
        """From an address that nobody has used yet."""
        return Client(self.vigie.port, token, timeout_s=60, address=next(self.addresses))

    def tokens(self):
        return [token for _, token in self.greedy]

    @functools.cache
    def greedy_media(self):
        """Uploads that are never done: their parts stay the same from round to round."""
        with Client(self.vigie.port, self.tokens()[0], address=GREEDY) as client:
            return [client.post("/api/v1/media", MEDIA).json["id"] for _ in range(3)]

    def greedy_clients(self, requests, connections=64, pause_s=0.3):
        return GreedyClients(self.vigie.port, GREEDY, requests, connections, pause_s)


# What honest clients do: each yields how long it took, and the answer.

def reads_and_writes(world):
    with world.client(world.honest[1]) as client:
        for _ in range(75):
            yield timed(lambda: client.get("/api/v1/events"))
            yield timed(lambda: client.post("/api/v1/events", event_draft()))


def keyed_writes_and_searches(world):
    with world.client(world.honest[1]) as client:
        for _ in range(50):
            yield timed(lambda: client.post("/api/v1/events", event_draft(), idempotency_key=uuid.uuid4().hex))
            yield timed(lambda: client.get("/api/v1/events?q=nothing"))


def sign_ins(world):
    email = world.honest[0]
    for _ in range(50):
        yield timed(lambda: world.sign_in(email))


def new_connections(world):
    def ask():
        with world.client(None) as client:
            return client.get("/api/v1/events")
    for _ in range(100):
        yield timed(ask)


def small_contents(world):
    with world.client(world.honest[1]) as client:
        for _ in range(50):
            yield timed(lambda: upload(client, content_of(20_000, "video/mp4", uuid.uuid4().hex), "video/mp4"))


def previews(world):
    with world.client(world.honest[1]) as client:
        for _ in range(6):
            yield timed(lambda: processed(client, upload(client, picture(uuid.uuid4().hex), "image/png")))


def timed(ask):
    began = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - began
    time.sleep(PAUSE_S)
    return took, answer


def upload(client, content, kind):
    made = client.post("/api/v1/media", {"file_name": "a", "type": kind, "bytes": len(content)})
    if made.status != 201:
        return made
    return client.request("PUT", f"/api/v1/media/{made.json['id']}/content", content)


def processed(client, answer):
    while answer.status < 400 and answer.json["state"] == "processing":
        time.sleep(0.02)
        answer = client.get(f"/api/v1/media/{answer.json['id']}")
    return answer


# What the greedy one does meanwhile.

def slow_bodies(world):
    heads = [(f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {world.tokens()[number % ACCOUNTS]}\r\n"
              "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{").encode() for number in range(900)]
    return SlowClients(world.vigie.port, GREEDY, heads)


def slow_uploads(world):
    media = world.greedy_media()
    heads = [(f"PUT /api/v1/media/{media[number % 3]}/parts/{number // 3 + 1} HTTP/1.1\r\nHost: x\r\n"
              f"Authorization: Bearer {world.tokens()[0]}\r\nContent-Length: {PART_BYTES}\r\n\r\n").encode() + b"x" * 1024
             for number in range(900)]
    return SlowClients(world.vigie.port, GREEDY, heads)


def keyed_write(token):
    return lambda _: request_of("POST", "/api/v1/events", token, json.dumps(event_draft()).encode(), Idempotency_Key=uuid.uuid4().hex)


def search(token):
    return lambda number: request_of("GET", f"/api/v1/events?q=word{number}", token)


def greedy_leases(world):
    return world.greedy_clients([make(token) for token in world.tokens() for make in (keyed_write, search)])


def greedy_keys(world):
    return world.greedy_clients([keyed_write(token) for token in world.tokens()])


def greedy_hashes(world):
    def registration(_):
        return request_of("POST", "/api/v1/accounts", body=json.dumps(
            {"email": f"{uuid.uuid4().hex}@example.org", "display_name": "Kai", "password": PASSWORD}).encode())

    def sign_in(_):
        return request_of("POST", "/api/v1/auth/login", body=json.dumps(
            {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD}).encode())
    return world.greedy_clients([sign_in, sign_in, registration], 32, 0.2)


def idle_connections(world):
    return SlowClients(world.vigie.port, GREEDY, [b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"] * 1500, 0)


def pictures_of(accounts):
    """Much decoding in a few kilobytes, of so many accounts of one address; all wait before the honest one comes."""
    @contextlib.contextmanager
    def attack(world):
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Client(world.vigie.port, token, timeout_s=60, address=GREEDY))
                       for token in world.tokens()[:accounts]]
            sent = []
            for number in range(24):
                out = io.BytesIO()
                Image.new("L", (3000, 3000), number).save(out, "PNG", compress_level=1)
                sent.append((clients[number % accounts], upload(clients[number % accounts], out.getvalue() + uuid.uuid4().bytes, "image/png")))
            yield
            for client, answer in sent:
                processed(client, answer)  # the next round begins quietly
    return attack


@dataclasses.dataclass
class Pool:
    honest: Callable
    attack: Callable
    settings: dict[str, str] = dataclasses.field(default_factory=dict)


POOLS = {
    "requests": Pool(reads_and_writes, slow_bodies),
    "streams": Pool(small_contents, slow_uploads),
    "leased": Pool(keyed_writes_and_searches, greedy_leases),
    "hash": Pool(sign_ins, greedy_hashes),
    "connections": Pool(new_connections, idle_connections),
    "previews": Pool(previews, pictures_of(1)),
    "previews-of-six": Pool(previews, pictures_of(ACCOUNTS)),
    "keys": Pool(keyed_writes_and_searches, greedy_keys, {"VIGIE_IDEMPOTENCY_ANSWERS_PER_CALLER_MAX": "1000"}),
}


def measured(world, honest, refused):
    times = []
    for took, answer in honest(world):
        times.append(took)
        if answer.status >= 400:
            refused[answer.status] += 1
    return p99(times)


def compare(postgres, directory, name, pool, args):
    quiet, attacked, refused = [], [], collections.Counter()
    with VigieProcess(postgres.url, directory, {"VIGIE_LOG_LEVEL": "info"} | pool.settings, str(args.build / "server/vigie")) as vigie:
        world = World(vigie)
        measured(world, pool.honest, refused)  # caches are warm afterwards
        for _ in range(args.rounds):
            quiet.append(measured(world, pool.honest, refused))
            with pool.attack(world):
                attacked.append(measured(world, pool.honest, refused))
    ratios = [during / before for during, before in zip(attacked, quiet)]
    milliseconds = [three([1e3 * each for each in times], 1) for times in (quiet, attacked)]
    print(f"| {name} | {milliseconds[0]} | {milliseconds[1]} | {three(ratios, 2)} | {sum(refused.values()) or 'nobody'} |", flush=True)
    if refused:
        print(f"  refused: {dict(refused)}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pools", nargs="+", choices=POOLS, default=list(POOLS))
    args = parser.parse_args()
    print("| pool | p99 before, ms | p99 during, ms | ratio | others refused |\n|---|---|---|---|---|")
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-bench-")))
        os.chmod(directory, 0o755)
        postgres = stack.enter_context(PrivatePostgres(directory / "data", directory / "postgres.log"))
        VigieProcess(postgres.url, directory, program=str(args.build / "server/vigie")).run("migrate", "up")
        for name in args.pools:
            compare(postgres, directory, name, POOLS[name], args)


if __name__ == "__main__":
    main()
