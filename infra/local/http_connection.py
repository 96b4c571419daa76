"""One connection of a client: its requests are handled one at a time, and answered in their order."""

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import httptools

from infra.local.console import say
from infra.local.http_request import Exchange, Incoming
from infra.local.http_wire import CONTINUE, FAILED, encoded, head_too_long, not_understood
from infra.local.messages import HOST, Answer, Handler, Later, Request, Response

__all__ = ["Connection", "Service"]

AHEAD = 16
"""Requests that a client may send before it has the answer to the first; then nobody reads on."""
DRAINED = 64 * 1024 * 1024
"""Bytes of a body that is too long that are read, so that its sender lives to see the answer."""


@dataclass
class Service:
    """What all connections of a port share."""

    handle: Handler
    limit: int
    too_long: Callable[[], Response]
    together: bool = False
    connections: set["Connection"] = field(default_factory=set)
    tasks: set[asyncio.Future[Response]] = field(default_factory=set)


class Connection(asyncio.Protocol):
    """A client that sends slowly, or reads slowly, holds up nobody but itself."""

    def __init__(self, service: Service) -> None:
        self.service, self._incoming = service, Incoming(self, service.limit, service.too_long)
        self.loop = asyncio.get_running_loop()
        self._heard_at, self.client = self.loop.time(), HOST
        self._deaf = self._full = self._paused = False
        self._current: Exchange | None = None
        self._queue: deque[Exchange] = deque()
        self._out: list[bytes] | None = None
        self._held: list[bytes] = []
        self._drained = 0

    @property
    def _free(self) -> bool:
        return self._current is None and not self._queue

    def end_if_quiet(self, idle: float, stalled: float) -> None:
        """Where the next move is the client's: to end its request, to read its answers, or to ask again."""
        quiet = self.loop.time() - self._heard_at
        if (self._free or self._full) and quiet > (stalled if self._incoming.reads else idle):
            self.transport.abort()

    # what the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.client = (transport.get_extra_info("peername") or (HOST,))[0]
        self.service.connections.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._deaf = True
        self._queue.clear()
        self.service.connections.discard(self)

    def eof_received(self) -> bool:
        """Who has said all may still be waiting for answers."""
        self._deaf = True
        return not self._free

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._go_on()

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._drain(len(data))
            return
        self._heard_at = self.loop.time()
        self._out = []
        try:
            self._incoming.feed(data)
        except httptools.HttpParserUpgrade:
            self.end_with(None)
        except httptools.HttpParserError as error:
            if not self._deaf:
                self.end_with(not_understood(error))
        if self._incoming.head_too_long and not self._deaf:
            self.end_with(head_too_long())
        self._flush()

    # in turn

    def take(self, exchange: Exchange) -> None:
        if self._free and not self._full:
            self._answer(exchange)
            return
        self._queue.append(exchange)
        if len(self._queue) >= AHEAD and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def _go_on(self) -> None:
        while self._queue and self._current is None and not self._full:
            self._answer(self._queue.popleft())
        if self.transport.is_closing():
            return
        if self._paused and not self._queue:
            self._paused = False
            self.transport.resume_reading()
        if self._incoming.in_body:
            self.go_on_if_free()

    def go_on_if_free(self) -> None:
        """Ask for the body that the client waits to send, unless answers to others are still owed."""
        if self._incoming.expects and self._free:
            self._incoming.expects = False
            self._write(CONTINUE)

    def _answer(self, exchange: Exchange) -> None:
        asked = exchange.asked
        answer = asked if isinstance(asked, Response) else self._handled(asked)
        if isinstance(answer, Later) and answer.response is not None:
            answer = answer.response
        if isinstance(answer, Response):
            self._send(exchange, answer)
            return
        self._current = exchange
        if isinstance(answer, Later):
            answer.then(self._answered)
        else:
            self._await(answer)

    def _handled(self, request: Request) -> Answer:
        try:
            return self.service.handle(request)
        except Exception:
            say(traceback.format_exc())
            return FAILED

    def _await(self, answer: Awaitable[Response]) -> None:
        task = asyncio.ensure_future(answer)
        self.service.tasks.add(task)

        def ended(task: asyncio.Future[Response]) -> None:
            self.service.tasks.discard(task)
            self._answered(_result(task))

        task.add_done_callback(ended)

    def _answered(self, response: Response) -> None:
        exchange, self._current = self._current, None
        if exchange is not None:
            self._send(exchange, response)
            self._go_on()

    def _send(self, exchange: Exchange, response: Response) -> None:
        if self.transport.is_closing():
            return
        self._heard_at = self.loop.time()
        self._write(encoded(response, keep=exchange.keep, bare=exchange.bare, old=exchange.old))
        if not exchange.keep or (self._deaf and not self._queue):
            self._deaf = True
            self._queue.clear()
            self._flush()
            self._hang_up()

    def _hang_up(self) -> None:
        """Not while a body that nobody wants is still coming: closing then would reset what was said."""
        if not self._incoming.reads:
            self.transport.close()
        elif self.transport.can_write_eof():
            self.transport.write_eof()

    # what ends it

    def end_with(self, response: Response | None) -> None:
        """Nothing that comes after this is read."""
        self._deaf = True
        if response is not None:
            self.take(Exchange(response, keep=False))
        elif self._queue:
            self._queue[-1].keep = False
        elif self._current is None:
            self._flush()
            self.transport.close()

    def _drain(self, size: int) -> None:
        self._drained += size
        if self._drained > DRAINED:
            self.transport.abort()

    def _write(self, content: bytes) -> None:
        """While data is being read it waits, so that answers to what came together leave together."""
        if self._out is not None:
            self._out.append(content)
        elif self._held:
            held, self._held = self._held, []
            self.transport.write(b"".join((*held, content)))
        else:
            self.transport.write(content)

    def _flush(self) -> None:
        out, self._out = self._out, None
        if not out:
            return
        if self.service.together and self._current is not None:
            self._held += out
            return
        held, self._held = self._held, []
        self.transport.write(out[0] if len(out) == 1 and not held else b"".join(held + out))


def _result(task: asyncio.Future[Response]) -> Response:
    try:
        return task.result()
    except asyncio.CancelledError:
        return FAILED
    except Exception:
        say(traceback.format_exc())
        return FAILED
