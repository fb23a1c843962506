"""Clients of one address that ask again as soon as they are answered, in a process of their own: what they cost the tester is
not taken for what they cost others."""

import asyncio
import collections
import contextlib
import itertools
import multiprocessing

FORK = multiprocessing.get_context("fork")


class GreedyClients:
    """`connections` at a time ask for what `requests` says in turn: functions of a number that make the bytes of a request.
    `pause_s` goes by between an answer and the next request of its connection. `statuses` afterwards: how often each was
    answered; "closed" are connections that ended without an answer."""

    def __init__(self, port, address, requests, connections=32, pause_s=0.0):
        self.port, self.address, self.requests = port, address, requests
        self.connections, self.pause_s = connections, pause_s
        self.answered, self.must_end, self.told = FORK.Event(), FORK.Event(), FORK.Queue()
        self.process = FORK.Process(target=lambda: asyncio.run(self._run()), daemon=True)
        self.statuses = collections.Counter()

    def __enter__(self):
        self.process.start()
        if not self.answered.wait(60):
            raise TimeoutError("the greedy clients were not answered")
        return self

    def __exit__(self, *_):
        self.must_end.set()
        self.statuses = self.told.get(timeout=60)
        self.process.join(30)

    async def _run(self):
        statuses, numbers = collections.Counter(), itertools.count()
        clients = [asyncio.create_task(self._ask_on(statuses, numbers)) for _ in range(self.connections)]
        while not self.must_end.is_set():
            await asyncio.sleep(0.05)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        self.told.put(statuses)

    async def _ask_on(self, statuses, numbers):
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))
                try:
                    while await self._ask(reader, writer, statuses, next(numbers)):
                        await asyncio.sleep(self.pause_s)
                finally:
                    writer.close()
            await asyncio.sleep(0.01)

    async def _ask(self, reader, writer, statuses, number):
        """False: the connection has ended."""
        writer.write(self.requests[number % len(self.requests)](number))
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        except asyncio.IncompleteReadError:
            statuses["closed"] += 1
            return False
        length = head.split("content-length: ")[1].split("\r\n")[0] if "content-length: " in head else 0
        await reader.readexactly(int(length))
        statuses[int(head[9:12])] += 1
        self.answered.set()
        return "connection: close" not in head


def request_of(method, target, token=None, body=b"", **headers):
    """The bytes of a request."""
    lines = [f"{method} {target} HTTP/1.1", "Host: x"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
