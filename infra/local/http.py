"""How do the local cloud's servers speak HTTP? Whole requests in, whole responses out, on 127.0.0.1 only."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from infra.local.http_connection import Connection, Service
from infra.local.messages import HOST, Answer, Handler, Later, Request, Response, json_response

__all__ = [
    "HOST", "PASS_ALL", "Answer", "Handler", "Later", "Listener", "Request", "Response", "json_response", "listen",
]  # fmt: skip

PASS_ALL = 1 << 40


@dataclass(frozen=True)
class Listener:
    """A listening port; closing it also drops its open connections."""

    port: int
    server: asyncio.AbstractServer
    connections: set[Connection]
    sweep: asyncio.Task[None]

    def close(self) -> None:
        self.sweep.cancel()
        self.server.close()
        for connection in list(self.connections):
            connection.transport.close()


def _refused() -> Response:
    return json_response(413, {"error": "the request is too large"})


async def listen(
    handle: Handler, port: int = 0, limit: int = PASS_ALL, too_long: Callable[[], Response] = _refused, *,
    idle: float = 300.0, stalled: float = 60.0, together: bool = False,
) -> Listener:  # fmt: skip
    """Serve on 127.0.0.1:port (0: any free port). Raises OSError where the port is taken.

    A connection without a request ends after `idle` seconds, and one in the midst of sending a request when nothing has
    come for `stalled` seconds. With `together` who has sent the next request already gets both answers at once.
    """
    service = Service(handle, limit, too_long, together)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(service), HOST, port, backlog=2048)
    sweep = asyncio.create_task(_sweep(service.connections, idle, stalled))
    return Listener(server.sockets[0].getsockname()[1], server, service.connections, sweep)


async def _sweep(connections: set[Connection], idle: float, stalled: float) -> None:
    while True:
        await asyncio.sleep(min(idle, stalled, 3600.0) / 4)
        for connection in list(connections):
            connection.end_if_quiet(idle, stalled)
