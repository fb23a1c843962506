"""An HTTP server that slow and large requests cannot fill: connections, their time and their bytes have limits."""

import io
import json
import re
import socket
import sys
import threading
import time
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONNECTIONS_MAX = 64
REQUEST_S_MAX = 10.0
ANSWER_S_MAX = 20.0
HEAD_BYTES_MAX = 32_768
TARGET_BYTES_MAX = 4_096


class TooLarge(OSError):
    """The head of a request, or its body, is over its limit."""


class DeadlineReader(io.RawIOBase):
    """Bytes of one request until `deadline`, however slowly they come, and at most as many as are allowed."""

    def __init__(self, connection: socket.socket, seconds: float):
        self.connection = connection
        self.deadline = time.monotonic() + seconds
        self.allowed = HEAD_BYTES_MAX

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        if self.allowed <= 0:
            raise TooLarge("the request's head is too large")
        self.connection.settimeout(left)
        count = self.connection.recv_into(memoryview(buffer)[:self.allowed])
        self.allowed -= count
        return count


class BoundedServer(ThreadingHTTPServer):
    """When all places are taken, the connection that has been sending its request the longest is given up for the new one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]):
        super().__init__(address, handler)
        self.places = threading.Lock()
        # Connection -> since when its request is read; None once it was. Guarded by `places`, oldest first.
        self.reading: dict[socket.socket, float | None] = {}

    def process_request(self, request: socket.socket, client_address: object) -> None:
        with self.places:
            if len(self.reading) >= CONNECTIONS_MAX and not self._give_up_one():
                self.close_request(request)
                return
            self.reading[request] = time.monotonic()
        super().process_request(request, client_address)

    def _give_up_one(self) -> bool:
        oldest = next((held for held, since in self.reading.items() if since is not None), None)
        if oldest is None:
            return False
        del self.reading[oldest]
        try:
            oldest.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it went by itself
        return True

    def was_read(self, request: socket.socket) -> None:
        with self.places:
            if request in self.reading:
                self.reading[request] = None

    def shutdown_request(self, request: socket.socket) -> None:
        with self.places:
            self.reading.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went is nobody's fault; anything else is ours and goes into the log."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def body_length(headers: Message, bytes_max: int) -> tuple[int, int]:
    """(status, length): status 0 where the length is one that is taken."""
    given = headers.get_all("Content-Length", [])
    if "Transfer-Encoding" in headers or not given:
        return 411, 0
    if len(given) != 1 or not re.fullmatch(r"[0-9]{1,12}", given[0].strip(), re.ASCII):
        return 400, 0
    length = int(given[0])
    return (413, 0) if length > bytes_max else (0, length)


class BoundedHandler(BaseHTTPRequestHandler):
    """Reads one request, answers it, and closes: HTTP/1.0 as BaseHTTPRequestHandler speaks it."""

    server: BoundedServer
    server_version = "vigie-pager"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.source = DeadlineReader(self.connection, REQUEST_S_MAX)
        self.rfile = io.BufferedReader(self.source, 8_192)

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if len(self.path) > TARGET_BYTES_MAX:
            self.answer(414, "text/plain; charset=utf-8", f"The address is longer than {TARGET_BYTES_MAX} bytes.\n")
            return False
        return True

    def read_body(self, bytes_max: int) -> bytes | None:
        """None when the request was refused; then it has been answered."""
        status, length = body_length(self.headers, bytes_max)
        if status:
            self.answer(status, "text/plain; charset=utf-8", f"A body has one Content-Length of at most {bytes_max} bytes.\n")
            return None
        self.source.allowed = length
        body = self.rfile.read(length)
        if len(body) < length:
            self.answer(400, "text/plain; charset=utf-8", "The body ended before its Content-Length.\n")
            return None
        return body

    def answer(self, status: int, kind: str, text: str | bytes, headers: tuple[tuple[str, str], ...] = ()) -> None:
        content = text.encode(errors="replace") if isinstance(text, str) else text
        self.server.was_read(self.connection)
        self.connection.settimeout(ANSWER_S_MAX)
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(content))), *headers):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def answer_json(self, status: int, content: object) -> None:
        self.answer(status, "application/json", json.dumps(content))

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal is for pages."""
