"""A scripted walk through the API: what succeeds, and one of every kind of refusal."""

import contextlib
import threading
import uuid
from collections import Counter

from faults_of_jobs import QUICK, enqueue
from faults_of_media import store_gone
from scene import Client, RawConnection, Scene, wait_for

from api_case import PASSWORD, event_draft
from faulty_collector import FaultyCollector
from media_case import content_of, picture

LOGIN = "/api/v1/auth/login"
EVENTS = "/api/v1/events"
MEDIA = "/api/v1/media"
# What the tour must have met; the status codes of the API's own refusals, and what a broken server answers.
STATUSES = {200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 416, 417, 422, 428, 429, 431, 500, 501, 503}
# Jobs are left to the process whose counts stay: this one is there for seconds.
STRICT = {"VIGIE_JOBS": "false", "VIGIE_SCHEDULER": "false", "VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND": "5",
          "VIGIE_RATE_LIMIT_BURST": "10", "VIGIE_HTTP_HEADER_TIMEOUT_MS": "300", "VIGIE_HTTP_CONNECTIONS_PER_ADDRESS_MAX": "20",
          "VIGIE_LOGIN_RATE_LIMIT_PER_MINUTE": "3"}


def new_email() -> str:
    return f"{uuid.uuid4().hex}@example.org"


class Tour:
    """Each method is one stop; `seen` counts the statuses met."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self.seen: Counter[int] = Counter()
        self.port = scene.port_of("api")
        self.email = new_email()
        scene.server_command("user", "create", "--email", self.email, "--name", "Organiser", "--role", "organiser",
                             stdin=PASSWORD + "\n")

    def note(self, answer):
        self.seen[answer.status] += 1
        return answer

    def ask(self, client: Client, method: str, path: str, body: object = None, **headers: str):
        return self.note(client.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()}))

    def signed_in(self, email: str, password: str = PASSWORD) -> tuple[Client, str]:
        client = Client(self.port)
        tokens = self.ask(client, "POST", LOGIN, {"email": email, "password": password}).json
        client.token = tokens["access_token"]
        return client, tokens["refresh_token"]

    def run(self) -> None:
        owner, refresh = self.signed_in(self.email)
        with owner:
            self.events(owner)
            self.media(owner)
            self.idempotency(owner)
            self.refused_content(owner)
        self.work()
        self.accounts(refresh)
        self.tokens()
        self.wire()
        self.strict()

    def events(self, owner: Client) -> None:
        made = self.ask(owner, "POST", EVENTS, event_draft())
        path, tag = f"{EVENTS}/{made.json['id']}", made.headers["ETag"]
        self.ask(owner, "PATCH", path, {"title": "No version"})                                        # 428
        changed = self.ask(owner, "PATCH", path, {"title": "Renamed"}, if_match=tag)
        self.ask(owner, "PATCH", path, {"title": "Too late"}, if_match=tag)                            # 412
        self.ask(owner, "GET", path, if_none_match=changed.headers["ETag"])                            # 304
        self.ask(owner, "POST", f"{path}/publish")
        self.ask(owner, "GET", f"{EVENTS}?category=concert&limit=5")
        self.ask(owner, "POST", f"{path}/cancel")
        self.ask(owner, "POST", f"{path}/publish")                                                     # 409
        gone = self.ask(owner, "POST", EVENTS, event_draft())
        self.ask(owner, "DELETE", f"{EVENTS}/{gone.json['id']}", if_match=gone.headers["ETag"])
        self.ask(owner, "GET", f"{EVENTS}/{gone.json['id']}")                                          # 404

    def media(self, owner: Client) -> None:
        """One that goes the whole way, one that is given up, and one that is not what was announced."""
        content = content_of(2_000, seed=uuid.uuid4().hex)
        draft = {"file_name": "tour.png", "type": "image/png", "bytes": len(content)}
        path = f"{MEDIA}/{self.ask(owner, 'POST', MEDIA, draft).json['id']}"
        self.ask(owner, "GET", f"{path}/content")                                                      # 409
        self.ask(owner, "PUT", f"{path}/content", content)                                             # 202
        self.ask(owner, "GET", f"{path}/content")
        self.ask(owner, "GET", f"{path}/content", range="bytes=0-99")                                  # 206
        self.ask(owner, "GET", f"{path}/content", range="bytes=9000-")                                 # 416
        self.ask(owner, "DELETE", path)
        self.ask(owner, "POST", f"{path}/restore")
        self.ask(owner, "POST", MEDIA, draft)
        self.upload_picture(owner)
        refused = self.ask(owner, "POST", MEDIA, draft | {"type": "application/pdf", "file_name": "tour.pdf"}).json
        self.ask(owner, "PUT", f"{MEDIA}/{refused['id']}/content", content)                            # 422

    def upload_picture(self, owner: Client) -> None:
        """Unlike the content above it can be decoded."""
        content = picture(uuid.uuid4().hex)
        made = self.ask(owner, "POST", MEDIA, {"file_name": "picture.png", "type": "image/png", "bytes": len(content)}).json
        self.ask(owner, "PUT", f"{MEDIA}/{made['id']}/content", content)

    def work(self) -> None:
        """Jobs that nobody asks for over HTTP: one that begins late, and a backup, which is restored for proof."""
        enqueue(self.scene, QUICK, lane="high", waited_s=15)
        enqueue(self.scene, "backup.run")

    def idempotency(self, owner: Client) -> None:
        key = uuid.uuid4().hex
        for title in ("Once", "Once", "Other"):                                                        # new, replay, 422
            self.ask(owner, "POST", EVENTS, event_draft(title=title), idempotency_key=key)
        self.at_once(uuid.uuid4().hex, owner.token)

    def at_once(self, key: str, token: str) -> None:
        """Two of them find the key in flight."""
        def send() -> None:
            with Client(self.port, token) as client:
                self.ask(client, "POST", EVENTS, event_draft(title="At once"), idempotency_key=key)
        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    def refused_content(self, owner: Client) -> None:
        self.ask(owner, "POST", EVENTS, "{", content_type="application/json")                          # 400
        self.ask(owner, "POST", EVENTS, event_draft(title=""))                                         # 422
        self.ask(owner, "POST", EVENTS, "a", content_type="text/plain")                                # 415
        self.ask(owner, "GET", f"{EVENTS}?limit=0")
        self.ask(owner, "GET", "/api/v1/docs", accept="image/png")                                     # 406
        self.ask(owner, "GET", "/api/v1/nothing")                                                      # 404
        self.ask(owner, "DELETE", EVENTS)                                                              # 405

    def accounts(self, refresh: str) -> None:
        email = new_email()
        with Client(self.port) as anyone:
            draft = {"email": email, "display_name": "Someone", "password": PASSWORD}
            self.ask(anyone, "POST", "/api/v1/accounts", draft)
            self.ask(anyone, "POST", "/api/v1/accounts", draft)                                        # 409
            self.ask(anyone, "POST", LOGIN, {"email": email, "password": "a wrong password"})          # 401
            self.ask(anyone, "POST", "/api/v1/auth/refresh", {"refresh_token": refresh})
            self.ask(anyone, "POST", "/api/v1/auth/refresh", {"refresh_token": refresh})               # 401, reused
            for path in ("/.well-known/jwks.json", "/api/v1/openapi.json", "/api/v1/docs"):
                self.ask(anyone, "GET", path)
        user, refresh = self.signed_in(email)
        with user:
            self.ask(user, "GET", "/api/v1/accounts/me")
            self.ask(user, "POST", EVENTS, event_draft())                                              # 403
            self.ask(user, "POST", "/api/v1/auth/logout", {"refresh_token": refresh})                  # 204

    def tokens(self) -> None:
        with Client(self.port, "no.such.token") as stranger:
            self.ask(stranger, "GET", "/api/v1/accounts/me", traceparent="00-broken")                  # 401

    def wire(self) -> None:
        """What only a client that speaks HTTP badly gets to see."""
        head = "Host: a\r\nContent-Type: application/json\r\n"
        for request in (f"POST {LOGIN} HTTP/1.1\r\n{head}Content-Length: 99999999\r\n\r\n",            # 413
                        f"GET /{'x' * 9000} HTTP/1.1\r\n{head}\r\n",                                   # 414
                        f"GET {EVENTS} HTTP/1.1\r\n{head}X-Long: {'x' * 20000}\r\n\r\n",               # 431
                        f"POST {LOGIN} HTTP/1.1\r\n{head}Content-Length: 9\r\nExpect: 200-maybe\r\n\r\n",  # 417
                        f"BREW {EVENTS} HTTP/1.1\r\n{head}\r\n",                                       # 501
                        f"GET {EVENTS} HTTP/1.1\r\n{head}X : 1\r\n\r\n"):                              # 400
            with RawConnection(self.port) as connection:
                connection.send(request)
                self.note(connection.read_answer())

    def strict(self) -> None:
        """A second process with limits that one client reaches."""
        with contextlib.ExitStack() as kept:
            collector = FaultyCollector()
            kept.callback(collector.close)
            strict = kept.enter_context(self.scene.instance("strict", **STRICT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector.url,
                                                            OTEL_BSP_SCHEDULE_DELAY="200"))
            with Client(strict.port) as hasty:
                for _ in range(20):
                    self.ask(hasty, "GET", EVENTS)                                                     # 429
                for _ in range(5):
                    self.ask(hasty, "POST", LOGIN, {"email": "a@example.org", "password": "a wrong password"})
            with RawConnection(strict.port) as slow:
                slow.send("GET /livez HTTP/1.1\r\n")
                self.note(slow.read_answer())                                                          # 408
            for _ in range(22):
                connection = kept.enter_context(RawConnection(strict.port))
                connection.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
                self.note(connection.read_answer())                                                    # 503
            self.scene.wait_until_scraped("strict")
            self.export_more(strict.port, collector)
            self.scene.wait_until_scraped("strict")

    def export_more(self, port: int, collector: FaultyCollector) -> None:
        """Between two scrapes, so that there is a rate of it."""
        before = collector.requests["taking"]
        with Client(port) as client:
            self.ask(client, "GET", "/api/v1/openapi.json")
        wait_for("spans arrive", 10, lambda: collector.requests["taking"] > before)

    def broken(self) -> None:
        """A table is slow, two are missing, the store of contents is, then the database: each for a moment."""
        with Client(self.port) as client, self.signed_in(self.email)[0] as owner:
            with self.scene.slow_table("events"):
                self.ask(client, "GET", EVENTS)
            with self.scene.without_table("events"), self.scene.without_table("idempotency_keys"):
                self.ask(client, "GET", EVENTS)                                                        # 500
                self.fail_a_job()
            with store_gone(self.scene):
                self.upload_picture(owner)                                                             # 503
            self.scene.stack.command("stop", "postgres")
            self.ask(client, "GET", EVENTS)                                                            # 503
        self.scene.start_what_ended()

    def fail_a_job(self) -> None:
        enqueue(self.scene, "idempotency.clean")
        failed = "SELECT count(*) FROM jobs WHERE kind = 'idempotency.clean' AND state = 'failed'"
        wait_for("the job has failed", 20, lambda: self.scene.psql(failed) != "0")

    def missed(self) -> list[int]:
        return sorted(STATUSES - set(self.seen))


