#!/usr/bin/python3
"""Loads the demo data through the public API. Running it again adds what is missing and nothing twice.

The data is a function of SEED, ANCHOR and the tables of demo_words.py; the clock has no part in it. There are
  1 administrator, 18 organisers and 12 users: <name>@vigie.example, and a first of each role named after the role;
  photographs, sound and a document out of Debian packages at the first events (demo_media.py);
  5,000 events, one every 3.5 hours on average from ANCHOR over two years, of 12 categories in 14 cities, each with 1 to
  4 of 30 tags. The first organisers own the most; 19 of 20 events are published, the others are drafts.

Organisers and the administrator are made with `vigie user create` (VIGIE_BINARY), because the API gives nobody a role;
everything else is a request. Every POST has an Idempotency-Key, made from the content. The stack raises the server's
rate limits for this (scripts/local_stack/settings.py); against another server it waits when it is told to (429).
"""

import argparse
import hashlib
import http.client
import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import demo_media  # noqa: E402
import demo_words as words  # noqa: E402

SEED = 20260101
ANCHOR = datetime(2026, 1, 1, 9, tzinfo=timezone.utc)
SPAN_DAYS = 730
EVENT_COUNT = 5_000
CONNECTIONS = 8
RETRIES_MAX = 20
PAGE = 100


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: str


@dataclass(frozen=True)
class Planned:
    """An event of the demo data: what is sent, whose it is, whether it is published."""

    owner: Person
    content: dict
    is_published: bool

    @property
    def key(self) -> tuple[str, str]:
        return identity(self.content)


def identity(event: dict) -> tuple[str, str]:
    """What makes an event of the demo data the same one again."""
    return event["title"], event["starts_at"][:19]


def people() -> list[Person]:
    named = [Person(f"Demo {role}", f"{role}@vigie.example", role) for role in ("administrator", "organiser", "user")]
    organisers = [Person(name, f"{slug(name)}@vigie.example", "organiser") for name in words.ORGANISERS]
    users = [Person(name, f"{slug(name)}@vigie.example", "user") for name in words.USERS]
    return named + organisers + users


def slug(name: str) -> str:
    return name.lower().replace(" ", ".")


def plan() -> list[Planned]:
    """The 5,000 events; the same on every machine and on every day."""
    chance = random.Random(SEED)
    owners = [person for person in people() if person.role == "organiser"]
    weights = [1 / (rank + 1) for rank in range(len(owners))]
    return [planned_event(number, chance.choices(owners, weights)[0], chance) for number in range(EVENT_COUNT)]


def planned_event(number: int, owner: Person, chance: random.Random) -> Planned:
    category = chance.choice(list(words.CATEGORIES))
    city = chance.choice(words.CITIES)
    quarter_hours = SPAN_DAYS * 96 * number // EVENT_COUNT
    start = ANCHOR + timedelta(minutes=15 * (quarter_hours + chance.randrange(0, 14)))
    end = start + timedelta(minutes=chance.choice((60, 90, 120, 180, 480)))
    content = {
        "title": f"{chance.choice(words.ADJECTIVES)} {chance.choice(words.CATEGORIES[category])} in {city.name}, no. {number + 1}",
        "description": f"{chance.choice(words.OPENINGS)} {chance.choice(words.DETAILS)}",
        "category": category,
        "tags": sorted(chance.sample(words.TAGS, chance.randint(1, 4))),
        "venue": {
            "name": f"{chance.choice(words.VENUES)} {city.name}",
            "address": f"{chance.randint(1, 120)} {chance.choice(words.STREETS)}, {city.name}",
            "latitude": round(city.latitude + chance.uniform(-0.05, 0.05), 5),
            "longitude": round(city.longitude + chance.uniform(-0.05, 0.05), 5),
        },
        "starts_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ends_at": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "time_zone": city.time_zone,
        "capacity": chance.choice((20, 50, 80, 120, 250, 400, 1_000, 5_000)),
        "price": {"amount_minor": chance.choice((0, 0, 500, 1_200, 2_500, 4_900)), "currency": city.currency},
    }
    return Planned(owner, content, is_published=chance.random() < 0.95)


class ApiError(Exception):
    """The API refused what the demo data needs; the message names the request and its answer."""


class Client:
    """One keep-alive connection. Waits and tries again on 429, 503 and a closed connection; keys make that safe."""

    def __init__(self, api: str):
        address = urlsplit(api)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)

    def call(self, method: str, path: str, body: dict | None = None, *, token: str = "", key: str = "") -> tuple[int, dict]:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = hashlib.sha256(key.encode()).hexdigest()[:32]
        content = None if body is None else json.dumps(body)
        for attempt in range(RETRIES_MAX):
            try:
                self.connection.request(method, path, content, headers)
                answer = self.connection.getresponse()
                text = answer.read()
            except (http.client.HTTPException, OSError) as fault:
                self.connection.close()
                if attempt == RETRIES_MAX - 1:
                    raise ApiError(f"{method} {path}: {fault!r}") from fault
                time.sleep(0.1)
                continue
            if answer.status not in (429, 503):
                return answer.status, json.loads(text or b"{}")
            time.sleep(min(float(answer.headers.get("Retry-After") or 1), 5))
        raise ApiError(f"{method} {path}: still {answer.status} after {RETRIES_MAX} attempts: {text[:300]!r}")

    def send(self, method: str, path: str, content: bytes, token: str, digest: str) -> int:
        """Bytes, once: what failed is the next run's. 409: the upload is complete."""
        headers = {"Authorization": f"Bearer {token}", "Content-Digest": digest}
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 409):
            raise ApiError(f"{method} {path}: {answer.status}: {text[:300]!r}")
        return answer.status

    def expect(self, expected: tuple[int, ...], method: str, path: str, body: dict | None = None, **options: str) -> dict:
        status, answer = self.call(method, path, body, **options)
        if status not in expected:
            raise ApiError(f"{method} {path}: {status} instead of {expected[0]}: {json.dumps(answer)[:600]}")
        return answer

    def events(self, filters: str = "", token: str = "") -> Iterator[dict]:
        """All pages of the list, in order."""
        cursor = ""
        while True:
            page = self.expect((200,), "GET", f"/api/v1/events?limit={PAGE}{filters}{cursor}", token=token)
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            cursor = f"&cursor={page['next_cursor']}"


class Loader:
    def __init__(self, api: str, password: str, count: int = EVENT_COUNT):
        self.api = api
        self.password = password
        self.count = count
        self.client = Client(api)

    def load(self) -> str:
        events = plan()[:self.count]
        published = {event.key for event in events if event.is_published}
        if published <= {identity(event) for event in self.client.events()}:
            return f"The demo data is there: {len(people())} accounts, {self.count} events, {self._attach_media()} media new."
        begin = time.monotonic()
        self._make_accounts()
        tokens = {}
        there: dict[tuple[str, str], dict] = {}
        for owner in {event.owner for event in events}:
            tokens[owner.email], account_id = self._login(owner)
            owned = self.client.events(f"&owner={account_id}", tokens[owner.email])
            there |= {identity(event): event for event in owned}
        missing = [event for event in events if is_missing(event, there.get(event.key))]
        self._make_events(missing, tokens, there)
        media = self._attach_media()
        return (f"The demo data is loaded: {len(people())} accounts, {self.count} events "
                f"({len(missing)} made in {time.monotonic() - begin:.1f} s), {media} media new.")

    def _attach_media(self) -> int:
        """To the first events of the first organiser."""
        owner = next(person for person in people() if person.role == "organiser")
        token, account_id = self._login(owner)
        first = self.client.expect((200,), "GET", f"/api/v1/events?owner={account_id}&status=published&limit=5", token=token)
        return demo_media.attach(self.client, token, first["items"])

    def _make_accounts(self) -> None:
        for person in people():
            if self.client.call("POST", "/api/v1/auth/login", self._credentials(person))[0] == 200:
                continue
            if person.role == "user":
                account = {"email": person.email, "display_name": person.name, "password": self.password}
                self.client.expect((201,), "POST", "/api/v1/accounts", account, key=f"account {person.email}")
            else:
                self._create_with_role(person)

    def _create_with_role(self, person: Person) -> None:
        argv = [os.environ["VIGIE_BINARY"], "user", "create", "--email", person.email, "--role", person.role, "--name", person.name]
        environment = {name: value for name, value in os.environ.items() if name != "VIGIE_BINARY"}
        done = subprocess.run(argv, env=environment, input=self.password + "\n", capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise ApiError(f"vigie user create {person.email}: {done.stdout}{done.stderr}")

    def _credentials(self, person: Person) -> dict:
        return {"email": person.email, "password": self.password}

    def _login(self, person: Person) -> tuple[str, str]:
        answer = self.client.expect((200,), "POST", "/api/v1/auth/login", self._credentials(person))
        token = answer["access_token"]
        account = self.client.expect((200,), "GET", "/api/v1/accounts/me", token=token)
        return token, account["id"]

    def _make_events(self, missing: list[Planned], tokens: dict[str, str], there: dict[tuple[str, str], dict]) -> None:
        work: queue.SimpleQueue[Planned] = queue.SimpleQueue()
        for event in missing:
            work.put(event)
        faults: list[Exception] = []

        def make_all() -> None:
            client = Client(self.api)
            while not faults:
                try:
                    make_event(client, work.get_nowait(), tokens, there)
                except queue.Empty:
                    return
                except Exception as fault:  # the first one ends all threads, and is raised again below
                    faults.append(fault)

        threads = [threading.Thread(target=make_all, daemon=True) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]


def is_missing(event: Planned, found: dict | None) -> bool:
    return found is None or (event.is_published and found["status"] == "draft")


def make_event(client: Client, event: Planned, tokens: dict[str, str], there: dict[tuple[str, str], dict]) -> None:
    token = tokens[event.owner.email]
    made = there.get(event.key)
    if made is None:
        made = client.expect((201,), "POST", "/api/v1/events", event.content, token=token, key=f"create {event.key}")
    if event.is_published:
        client.expect((200,), "POST", f"/api/v1/events/{made['id']}/publish", token=token, key=f"publish {made['id']}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=Path, default=Path(__file__).resolve().parents[1] / ".local/endpoints.json")
    parser.add_argument("--events", type=int, default=EVENT_COUNT, metavar="COUNT", help="the first so many (default: %(default)s)")
    parser.add_argument("--print", action="store_true", help="print the planned events as JSON lines, and load nothing")
    arguments = parser.parse_args()
    if arguments.print:
        for event in plan():
            print(json.dumps({"owner": event.owner.email, "is_published": event.is_published} | event.content))
        return 0
    endpoints = json.loads(arguments.endpoints.read_text())
    try:
        print(Loader(endpoints["api"], endpoints["accounts"]["organiser"]["password"], arguments.events).load(), flush=True)
    except ApiError as fault:
        print(f"The demo data could not be loaded: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
