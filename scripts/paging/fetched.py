"""JSON from Prometheus, Alertmanager and Vigie: with a deadline, a limit of bytes, and no address but the configured ones."""

import json
import time
import urllib.error
import urllib.request
from urllib.parse import urlencode

ANSWER_BYTES_MAX = 4_000_000
FETCH_S = 4.0
# Neither a proxy of the environment nor a redirect takes a question elsewhere.
OPENER = urllib.request.OpenerDirector()
for part in (urllib.request.HTTPHandler, urllib.request.HTTPSHandler, urllib.request.HTTPErrorProcessor,
             urllib.request.HTTPDefaultErrorHandler):
    OPENER.add_handler(part())


class Unavailable(Exception):
    """It did not answer, or not in time, or too much; the message is for the page that says so."""


def fetched_json(url: str, fields: dict[str, str] | None = None, *, body: object = None, headers: dict[str, str] | None = None,
                 method: str | None = None, seconds: float = FETCH_S) -> object:
    deadline = time.monotonic() + seconds
    target = f"{url}?{urlencode(fields)}" if fields else url
    content = None if body is None else json.dumps(body).encode()
    given = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if content is not None else {}) | (headers or {})
    try:
        request = urllib.request.Request(target, content, given, method=method)
        with OPENER.open(request, timeout=max(seconds, 0.05)) as answer:
            return json.loads(read_until(answer, deadline) or b"null")
    except urllib.error.HTTPError as refusal:
        with refusal:
            raise Unavailable(f"{url} answers {refusal.code}: {refusal.read(300).decode(errors='replace')}") from None
    except (OSError, ValueError, RecursionError) as fault:
        raise Unavailable(f"{url}: {fault}") from None


def read_until(answer, deadline: float) -> bytes:
    content = b""
    while part := answer.read1(65_536):
        content += part
        if len(content) > ANSWER_BYTES_MAX:
            raise ValueError(f"more than {ANSWER_BYTES_MAX} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer took too long")
    return content
