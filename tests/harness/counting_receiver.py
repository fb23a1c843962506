#!/usr/bin/python3
"""An OTLP/HTTP collector in a process of its own that counts the records it takes and keeps nothing.

  counting_receiver.py PORT     PORT 0: any; the port is printed

Reads commands from standard input and answers each with one line: "close" refuses connections from now on, "open"
takes them again, "counts" prints {"traces": {"records", "again", "bytes"}, "logs": …}. A batch that comes again, byte for
byte, is counted under "again" alone: its answer was lost.
"""

import asyncio
import gzip
import hashlib
import json
import sys

from protobuf_wire import varint


def records_in(data, depth=2):
    """Records of a TracesData or LogsData: fields 2 in fields 2 in fields 1; all other fields here are skipped."""
    position = count = 0
    while position < len(data):
        tag, position = varint(data, position)
        size, position = varint(data, position)
        if tag == (0x0a if depth == 2 else 0x12):
            count += records_in(data[position:position + size], depth - 1) if depth else 1
        position += size
    return count


class Receiver:
    def __init__(self):
        self.counts = {signal: {"records": 0, "again": 0, "bytes": 0} for signal in ("traces", "logs")}
        self.seen, self.writers = set(), set()
        self.server, self.port = None, 0

    async def open(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=1 << 24)
        self.port = self.server.sockets[0].getsockname()[1]

    def close(self):
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while True:
                header = (await reader.readuntil(b"\r\n\r\n")).lower()
                body = await reader.readexactly(int(header.split(b"content-length: ")[1].split(b"\r\n")[0]))
                self.take("logs" if b"/v1/logs " in header else "traces",
                          gzip.decompress(body) if b"content-encoding: gzip" in header else body)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def take(self, signal, body):
        digest = hashlib.blake2b(body, digest_size=16).digest()
        count, books = records_in(body), self.counts[signal]
        books["bytes"] += len(body)
        books["again" if digest in self.seen else "records"] += count
        self.seen.add(digest)


async def main():
    receiver = Receiver()
    receiver.port = int(sys.argv[1])
    await receiver.open()
    print(receiver.port, flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := (await commands.readline()).decode().strip():
        if line == "close":
            receiver.close()
        elif line == "open":
            await receiver.open()
        print(json.dumps(receiver.counts), flush=True)


asyncio.run(main())
