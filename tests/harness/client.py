"""Clients for tests: one that speaks JSON over kept connections, one that sends exact bytes."""

import http.client
import json
import socket


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # http.client.HTTPMessage: case-insensitive, duplicates kept
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:400]!r}>"


class Client:
    """A kept connection, with an optional bearer token, from an address of the loopback network. Not thread-safe."""

    def __init__(self, port, token=None, timeout_s=15, address="127.0.0.1"):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s, source_address=(address, 0))
        self.token = token

    def request(self, method, path, body=None, headers=None):
        sent = dict(headers or {})
        if self.token and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            merge = method == "PATCH"
            sent.setdefault("Content-Type", "application/merge-patch+json" if merge else "application/json")
        if isinstance(body, str):
            body = body.encode()
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def get(self, path, **headers):
        return self.request("GET", path, headers=dashed(headers))

    def post(self, path, body=None, **headers):
        return self.request("POST", path, body, dashed(headers))

    def patch(self, path, body, **headers):
        return self.request("PATCH", path, body, dashed(headers))

    def delete(self, path, **headers):
        return self.request("DELETE", path, headers=dashed(headers))

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def dashed(headers):
    """if_match="1" → {"if-match": "1"}"""
    return {name.replace("_", "-"): value for name, value in headers.items()}


class RawConnection:
    """Bytes out, answers in."""

    def __init__(self, port, timeout_s=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def _more(self):
        received = self.socket.recv(65536)
        self.buffer += received
        return bool(received)

    def read_head(self):
        """Status and headers of the next answer; interim answers too."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                raise ConnectionError(f"closed within a header: {self.buffer!r}")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = http.client.HTTPMessage()
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name] = value.strip()
        return int(lines[0].split(" ")[1]), headers

    def read_answer(self, has_body=True):
        status, headers = self.read_head()
        length = int(headers.get("Content-Length", 0)) if has_body else 0
        while len(self.buffer) < length:
            if not self._more():
                raise ConnectionError("closed within a body")
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, headers, body)

    def is_closed_by_peer(self):
        """Waits for the end of the stream; what still comes is kept."""
        try:
            while self._more():
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
