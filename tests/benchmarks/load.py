"""How many requests a second does a server answer over so many connections, and how long does each take?

    python -m tests.benchmarks.load URL --body FILE [--header 'NAME: VALUE' …] [--connections 16] [--requests 5000]

POSTs the lines of FILE in turn. Each connection is kept open, and sends its next request when it has its answer. Any
answer but 200 ends the run. It costs about 20 µs of a processor a request, so that it can share one with the server.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from time import perf_counter_ns
from typing import cast
from urllib.parse import urlsplit

import orjson
import uvloop

__all__ = ["Load", "Taken", "load"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """`warm_up` requests go before those that are counted."""

    url: str
    headers: Sequence[str]
    bodies: Sequence[bytes]
    connections: int
    requests: int
    warm_up: int = 0

    def messages(self) -> list[bytes]:
        parts = urlsplit(self.url)
        lines = [f"POST {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}", *self.headers]
        head = "".join(f"{line}\r\n" for line in lines).encode()
        return [b"%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body) for body in self.bodies]


@dataclass(frozen=True)
class Taken:
    """Of the requests that count: what each took, and all of them together, in microseconds."""

    latencies: list[float]
    whole: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.whole * 1e6

    def quantile(self, part: float) -> float:
        return sorted(self.latencies)[min(int(part * len(self.latencies)), len(self.latencies) - 1)]


class _Run:
    """What all connections share."""

    def __init__(self, wanted: Load) -> None:
        self.messages: Iterator[bytes] = cycle(wanted.messages())
        self.left, self.uncounted = wanted.requests + wanted.warm_up, wanted.warm_up
        self.missing = self.left
        self.latencies: list[float] = []
        self.began = perf_counter_ns()
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def answered(self, began: int) -> None:
        now = perf_counter_ns()
        self.missing -= 1
        if self.uncounted:
            self.uncounted -= 1
            self.began = now
        else:
            self.latencies.append((now - began) / 1000)
        if not self.missing and not self.done.done():
            self.done.set_result(now)

    def fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(why))


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self.run, self.answer, self.needed, self.began = run, b"", 0, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self.ask()

    def ask(self) -> None:
        if self.run.left:
            self.run.left -= 1
            self.answer, self.needed, self.began = b"", 0, perf_counter_ns()
            self.transport.write(next(self.run.messages))

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if not self.needed and not self.measured():
            return
        if len(self.answer) >= self.needed:
            self.run.answered(self.began)
            self.ask()

    def measured(self) -> bool:
        """Is the head there, and so the answer's length known?"""
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            return False
        found = _LENGTH.search(self.answer, 0, end + 2)
        if not found or self.answer[9:12] != b"200":
            self.run.fail(f"the server answers {self.answer[:500]!r}")
            return False
        self.needed = end + 4 + int(found[1])
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.run.fail(f"the server closed a connection: {exc}")


async def load(wanted: Load) -> Taken:
    """Raises ConnectionError when a request is not answered with 200."""
    run, parts, loop = _Run(wanted), urlsplit(wanted.url), asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(run), parts.hostname, parts.port)
        for _ in range(wanted.connections)
    ]
    ended = await run.done
    for transport, _ in made:
        transport.abort()
    return Taken(run.latencies, (ended - run.began) / 1000)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--header", action="append", default=["Content-Type: application/json"])
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--warm-up", type=int, default=500)
    parser.add_argument("--json", action="store_true", help="every latency, for programs")
    given = parser.parse_args(arguments)
    bodies = [line for line in given.body.read_bytes().splitlines() if line]
    taken = uvloop.run(load(Load(given.url, given.header, bodies, given.connections, given.requests, given.warm_up)))
    if given.json:
        sys.stdout.buffer.write(orjson.dumps({"latencies": taken.latencies, "whole": taken.whole}))
        return
    p50, p99 = taken.quantile(0.5) / 1000, taken.quantile(0.99) / 1000
    print(f"{taken.rate:,.0f} requests/s over {given.connections} connections; p50 {p50:.2f} ms, p99 {p99:.2f} ms")


if __name__ == "__main__":
    main()
