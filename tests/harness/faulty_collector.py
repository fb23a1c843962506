"""An OTLP/HTTP collector for tests that fails in every way we know, and keeps books of what it really took."""

import collections
import contextlib
import gzip
import socket
import threading
import time

from otlp_receiver import submessages

STALL_S = 2.3
MOODS = ("taking", "slow", "garbage_body", "refusing", "unavailable", "closing", "garbage", "answer_lost", "refused", "partial")


def span_names(body):
    names = []
    for resource_spans in submessages(body, 1):
        for scope_spans in submessages(resource_spans, 2):
            names += [submessages(span, 5)[0].decode() for span in submessages(scope_spans, 2)]
    return names


def answer(status, body=b"", headers=""):
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


class FaultyCollector:
    """`mood` says what becomes of the next request."""

    def __init__(self):
        self.lock = threading.Lock()
        # Held while an answer is sent and booked: nobody hangs up in between.
        self.answering = threading.Lock()
        self.mood = "taking"
        self.taken = collections.Counter()     # by name, answered or not
        self.acked = collections.Counter()     # by name, answered with success
        self.rejected = collections.Counter()  # by name, and the client was told
        self.requests = collections.Counter()  # by mood
        self.acked_bodies = collections.Counter()
        self.connections = set()
        # Bound for good and never listening: while there is no listener, nobody else gets the port.
        self.place = socket.socket()
        self.place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.place.bind(("127.0.0.1", 0))
        self.port = self.place.getsockname()[1]
        self.listener = None
        self.listen()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1/traces"

    def listen(self):
        self.listener = listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def set_mood(self, mood):
        with self.lock:
            was_refusing, self.mood = self.mood == "refusing", mood
            leaving = list(self.connections) if mood == "refusing" and not was_refusing else []
        if mood == "refusing" and not was_refusing:
            self.hang_up(self.listener)
            with self.answering:
                for connection in leaving:
                    self.hang_up(connection)
        elif was_refusing and mood != "refusing":
            self.listen()

    @staticmethod
    def hang_up(sock):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()

    def serve(self, connection):
        with contextlib.suppress(OSError):
            while self.serve_request(connection):
                pass
        with self.lock:
            self.connections.discard(connection)
        connection.close()

    # False when the connection is to end.
    def serve_request(self, connection):
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.some_of(connection)
        header, _, body = received.partition(b"\r\n\r\n")
        length = int(header.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        with self.lock:
            mood = self.mood
            self.requests[mood] += 1
        while len(body) < (length // 2 if mood == "closing" else length):
            body += self.some_of(connection)
        if mood == "closing":
            return False
        if b"content-encoding: gzip" in header.lower():
            body = gzip.decompress(body)
        return self.decide(connection, mood, body)

    @staticmethod
    def some_of(connection):
        received = connection.recv(65536)
        if not received:
            raise ConnectionError
        return received

    def decide(self, connection, mood, body):
        names = span_names(body)
        if mood == "unavailable":
            connection.sendall(answer("503 Service Unavailable"))
        elif mood == "busy":
            connection.sendall(answer("429 Too Many Requests", headers="Retry-After: 1\r\n"))
        elif mood == "garbage":
            connection.sendall(b"\x00\x16\x03garbage\r\n\r\n")
            return False
        elif mood == "stalling":
            time.sleep(STALL_S)
            return False
        elif mood == "answer_lost":
            self.book(self.taken, names)
            return False
        elif mood == "refused":
            with self.answering:
                connection.sendall(answer("400 Bad Request"))
                self.book(self.rejected, names)
        elif mood == "partial":
            self.take_partly(connection, names)
        else:
            self.take(connection, mood, names, body)
        return True

    def take(self, connection, mood, names, body):
        if mood == "slow":
            time.sleep(0.04)
        self.book(self.taken, names)
        with self.answering:
            connection.sendall(answer("200 OK", b"\xff\xfe garbage" if mood == "garbage_body" else b""))
            self.book(self.acked, names)
            self.book(self.acked_bodies, [body])

    def take_partly(self, connection, names):
        count = min(len(names), 5)
        kept = names[:len(names) - count]
        self.book(self.taken, kept)
        with self.answering:
            connection.sendall(answer("200 OK", b"\x0a\x02\x08" + bytes([count])))
            self.book(self.acked, kept)
            self.book(self.rejected, names[len(kept):])

    def book(self, counter, names):
        with self.lock:
            counter.update(names)

    def close(self):
        self.hang_up(self.listener)
        self.place.close()
        with self.lock:
            leaving = list(self.connections)
        for connection in leaving:
            self.hang_up(connection)
