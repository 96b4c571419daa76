"""How do the local cloud's servers speak HTTP? Whole requests in, whole responses out, on 127.0.0.1 only."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

__all__ = ["HOST", "PASS_ALL", "Handler", "Listener", "Request", "Response", "json_response", "listen"]

HOST = "127.0.0.1"
PASS_ALL = 1 << 40
JSON = (b"content-type", b"application/json")
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: `path` is as sent (percent-encoded), header names are lower case."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    client: str = HOST

    def header(self, name: bytes) -> str | None:
        return next((value.decode("latin-1") for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)


Handler = Callable[[Request], Awaitable[Response]]


def json_response(status: int, content: Any, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    return Response(status, orjson.dumps(content), [JSON, *headers])


class TooLong(Exception):
    """The body passed the server's limit while it was being read."""


async def _read(receive: Callable[[], Awaitable[Any]], limit: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise TooLong
    return b"".join(parts)


def _asgi(handle: Handler, limit: int, too_long: Callable[[], Response]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await _read(receive, limit)
        except TooLong:
            response = too_long()
        else:
            query = scope["query_string"].decode("latin-1")
            path = scope["raw_path"].decode("latin-1").partition("?")[0]
            client = (scope.get("client") or (HOST,))[0]
            response = await handle(Request(scope["method"], path, query, scope["headers"], body, client))
        length = (b"content-length", b"%d" % len(response.body))
        bare = response.status in (204, 304) or scope["method"] == "HEAD"
        headers = response.headers if bare else [*response.headers, length]
        content = b"" if bare else response.body
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


@dataclass(frozen=True)
class Listener:
    """A listening port; closing it also drops its open connections."""

    port: int
    server: asyncio.AbstractServer
    state: ServerState

    def close(self) -> None:
        self.server.close()
        for connection in list(self.state.connections):
            connection.transport.close()


def _refused() -> Response:
    return json_response(413, {"error": "the request is too large"})


async def listen(
    handle: Handler, port: int = 0, limit: int = PASS_ALL, too_long: Callable[[], Response] = _refused
) -> Listener:
    """Serve on 127.0.0.1:port (0: any free port). Raises OSError where the port is taken."""
    config = uvicorn.Config(
        _asgi(handle, limit, too_long), interface="asgi3", lifespan="off", ws="none", log_config=None,
        access_log=False, server_header=False, date_header=False, timeout_keep_alive=300,
    )  # fmt: skip
    config.load()
    state, loop = ServerState(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: HttpToolsProtocol(config=config, server_state=state, app_state={}, _loop=loop),
        HOST, port, backlog=2048,
    )  # fmt: skip
    return Listener(server.sockets[0].getsockname()[1], server, state)
