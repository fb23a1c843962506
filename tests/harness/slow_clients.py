"""Many connections of one address that send slowly, in a process of their own: what they cost the tester is not taken for
what they cost others."""

import collections
import contextlib
import multiprocessing
import resource
import selectors
import socket
import ssl
import time

FORK = multiprocessing.get_context("fork")


class SlowClients:
    """`heads` are sent at once, each on its connection; then `bytes_per_second` of content on each that is still open. Reads
    the answers that come meanwhile."""

    def __init__(self, port, address, heads, bytes_per_second=1300, tls=None):
        self.port, self.address, self.heads, self.bytes_per_second, self.tls = port, address, heads, bytes_per_second, tls
        self.begun, self.must_end, self.told = FORK.Event(), FORK.Event(), FORK.Queue()
        self.process = FORK.Process(target=self._run, daemon=True)
        self.statuses = collections.Counter()

    def __enter__(self):
        self.process.start()
        if not self.begun.wait(120):
            raise TimeoutError("the slow clients have not begun")
        return self

    def __exit__(self, *_):
        self.must_end.set()
        self.statuses = self.told.get(timeout=60)
        self.process.join(30)

    def _run(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        statuses, answered = collections.Counter(), set()
        selector = selectors.DefaultSelector()
        sockets = []
        for number, head in enumerate(self.heads):
            if number % 10 == 0 and not self.tls:
                time.sleep(0.02)  # what is refused for haste holds nothing
            with contextlib.suppress(OSError):
                client = socket.create_connection(("127.0.0.1", self.port), 10, (self.address, 0))
                if self.tls:
                    client = self.tls(client)
                client.sendall(head)
                client.setblocking(False)
                selector.register(client, selectors.EVENT_READ)
                sockets.append(client)
        self.begun.set()
        piece = b"x" * ((self.bytes_per_second + 1) // 2)
        while not self.must_end.is_set():
            until = time.monotonic() + 0.5
            for client in sockets:
                if client not in answered:
                    with contextlib.suppress(OSError):
                        client.send(piece)
            while (rest := until - time.monotonic()) > 0:
                for key, _ in selector.select(rest):
                    if self._has_answer(key.fileobj, statuses):
                        selector.unregister(key.fileobj)
                        answered.add(key.fileobj)
        for client in sockets:
            client.close()
        self.told.put(statuses)

    @staticmethod
    def _has_answer(client, statuses):
        try:
            head = client.recv(65536)
            statuses[int(head[9:12]) if head else "closed"] += 1
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError as error:
            statuses[type(error).__name__] += 1
        return True
