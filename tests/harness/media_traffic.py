"""Clients that upload, look and delete while what serves them fails: they try again until they are told, and remember
what they were told."""

import dataclasses
import http.client
import random
import threading
import time
import uuid

from client import Client
from media_case import content_of, digest, picture, sha256

MEDIA = "/api/v1/media"
#: Asked again after these: nobody is there, or says that he cannot now.
PASSING = {"unavailable", "overloaded", "idempotency_key_in_flight", "upload_busy", "deadline_exceeded", "shutting_down",
           "storage_full"}
PATIENCE_S = 90


@dataclasses.dataclass
class Kept:
    """A content whose upload was acknowledged."""
    id: str
    sha256: str
    bytes: int
    outcome: str  # what its processing must come to
    has_previews: bool


class Unexpected(Exception):
    pass


class Ledger:
    """What the clients of one test were told. Its lists only grow; each is appended to by any thread."""

    def __init__(self):
        self.kept = []
        self.unfinished = []  # (client, upload, content, numbers of the parts that were acknowledged)
        self.deleted = set()
        self.faults = []
        self.answers = {}
        self.lock = threading.Lock()

    def count(self, what):
        with self.lock:
            self.answers[what] = self.answers.get(what, 0) + 1

    def alive(self):
        return [kept for kept in self.kept if kept.id not in self.deleted]


class Customer(threading.Thread):
    """One account on one connection, one request at a time, until `stop`."""

    def __init__(self, port, token, ledger, seed, pause_s=0.02):
        super().__init__(daemon=True)
        self.port, self.token, self.ledger, self.seed, self.pause_s = port, token, ledger, seed, pause_s
        self.random = random.Random(f"customer {seed}")
        self.client = None
        self.stopping = threading.Event()
        self.own = []
        self.count = 0

    def run(self):
        actions = [self.upload_at_once, self.upload_in_parts, self.upload_in_parts, self.leave_unfinished, self.look, self.look,
                   self.look, self.delete]
        while not self.stopping.is_set():
            action = self.random.choice(actions)
            try:
                action()
            except Exception as fault:  # noqa: BLE001: whatever it is, the test is told
                self.ledger.faults.append(f"{action.__name__}: {fault!r}")
            time.sleep(self.random.uniform(0, 2 * self.pause_s))
        self.forget_connection()

    def stop(self):
        self.stopping.set()
        if self.ident is not None:
            self.join(PATIENCE_S + 10)

    def forget_connection(self):
        if self.client is not None:
            self.client.close()
        self.client = None

    def ask(self, method, path, body=None, headers=None):
        """One attempt. None: there was no whole answer."""
        try:
            if self.client is None:
                self.client = Client(self.port, self.token, timeout_s=20)
            answer = self.client.request(method, path, body, headers)
            if answer.headers.get("Connection") == "close":
                self.forget_connection()
            return answer
        except (OSError, http.client.HTTPException) as error:
            self.ledger.count(type(error).__name__)
            self.forget_connection()
            return None

    def insist(self, expected, method, path, body=None, headers=None):
        """Asks until one of the statuses is the answer. Says whether it was told at the first attempt."""
        deadline = time.monotonic() + PATIENCE_S
        attempts = 0
        while True:
            attempts += 1
            answer = self.ask(method, path, body, headers)
            if answer is not None:
                self.ledger.count(answer.status)
                if answer.status in expected:
                    return answer, attempts
                passes = answer.headers["Content-Type"] == "application/problem+json" and answer.json["code"] in PASSING
                if not passes:
                    raise Unexpected(f"{method} {path} at attempt {attempts}: {answer}")
            if time.monotonic() > deadline:
                raise Unexpected(f"{method} {path}: nothing else for {PATIENCE_S} s than {answer}")
            time.sleep(self.random.uniform(0.01, 0.1))

    def new_content(self):
        """(content, type, what becomes of it). Some are the same for all customers."""
        self.count += 1
        shared = self.random.random() < 0.3
        seed = f"shared {self.random.randrange(8)}" if shared else f"{self.seed} {self.count}"
        kind = self.random.random()
        size = random.Random(seed).randrange(1_000, 40_000)
        if kind < 0.6:
            return content_of(size, "audio/ogg", seed), "audio/ogg", "ready"
        if kind < 0.85:
            return picture(seed), "image/png", "ready"
        return content_of(size, "image/png", seed), "image/png", "failed"

    def create(self, content, kind, part_bytes):
        body = {"file_name": "a", "type": kind, "bytes": len(content), "part_bytes": part_bytes, "sha256": sha256(content)}
        return self.insist({201}, "POST", MEDIA, body, {"Idempotency-Key": uuid.uuid4().hex})[0].json

    def put_part(self, part, content):
        piece = content[part["offset"]:part["offset"] + part["bytes"]]
        self.insist({200}, "PUT", part["url"], piece, {"Content-Digest": digest(piece)})

    def keep(self, made, content, outcome):
        has_previews = outcome == "ready" and made["declared_type"] == "image/png"
        kept = Kept(made["id"], sha256(content), len(content), outcome, has_previews)
        self.own.append(kept)
        self.ledger.kept.append(kept)

    def upload_at_once(self):
        content, kind, outcome = self.new_content()
        made = self.create(content, kind, max(1024, len(content) // 2))
        self.insist({202}, "PUT", f"{MEDIA}/{made['id']}/content", content, {"Content-Digest": digest(content)})
        self.keep(made, content, outcome)

    def upload_in_parts(self):
        content, kind, outcome = self.new_content()
        made = self.create(content, kind, max(1024, len(content) // 4))
        for part in self.random.sample(made["parts"], len(made["parts"])):
            self.put_part(part, content)
        self.complete(made, content, outcome)

    def complete(self, made, content, outcome):
        self.insist({202}, "POST", made["complete_url"])
        self.keep(made, content, outcome)

    def leave_unfinished(self):
        content, kind, outcome = self.new_content()
        made = self.create(content, kind, max(1024, len(content) // 4))
        some = made["parts"][:-1]
        for part in some:
            self.put_part(part, content)
        if self.random.random() < 0.5:
            self.insist({204, 404}, "DELETE", f"{MEDIA}/{made['id']}")
        else:
            self.ledger.unfinished.append((self, made, content, outcome, {part["number"] for part in some}))

    def finish(self, made, content, outcome, received):
        """Goes on with an upload where it stopped: what was acknowledged is there."""
        listed = self.insist({200}, "GET", f"{MEDIA}/{made['id']}/parts")[0].json["parts"]
        there = {part["number"] for part in listed if part["is_received"]}
        if there != received:
            raise Unexpected(f"parts {sorted(received)} of {made['id']} were acknowledged, there are {sorted(there)}")
        for part in made["parts"]:
            if part["number"] not in there:
                self.put_part(part, content)
        self.complete(made, content, outcome)

    def check(self, kept):
        answer = self.insist({200}, "GET", f"{MEDIA}/{kept.id}/content")[0]
        if (len(answer.body), sha256(answer.body)) != (kept.bytes, kept.sha256):
            raise Unexpected(f"{kept} is answered with {len(answer.body)} other bytes")

    def look(self):
        alive = [kept for kept in self.own if kept.id not in self.ledger.deleted]
        if alive:
            self.check(self.random.choice(alive))

    def delete(self):
        """Sometimes restored at once, if it is not purged by then."""
        alive = [kept for kept in self.own if kept.id not in self.ledger.deleted]
        if not alive:
            return
        kept = self.random.choice(alive)
        path = f"{MEDIA}/{kept.id}"
        answer, attempts = self.insist({204, 404}, "DELETE", path)
        if answer.status == 404 and attempts == 1:
            raise Unexpected(f"{kept} is not there to be deleted: {answer}")
        restored = self.random.random() < 0.3
        if restored:
            answer, attempts = self.insist({200, 404, 409}, "POST", path + "/restore")
            restored = answer.status == 200 or (answer.status == 409 and attempts > 1)
        if not restored:
            self.ledger.deleted.add(kept.id)
