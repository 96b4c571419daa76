"""What do the local cloud's servers take and give? Whole requests, and whole responses now or later."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

__all__ = ["HOST", "Answer", "Handler", "Headers", "Later", "Request", "Response", "json_response"]

HOST = "127.0.0.1"
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
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)


class Later:
    """A response that is not there yet. Who has promised it calls `send`, once; it is passed on within that call."""

    __slots__ = ("_hear", "response")

    def __init__(self) -> None:
        self.response: Response | None = None
        self._hear: Callable[[Response], None] | None = None

    def send(self, response: Response) -> None:
        self.response = response
        if self._hear is not None:
            self._hear(response)

    def then(self, hear: Callable[[Response], None]) -> None:
        self._hear = hear
        if self.response is not None:
            hear(self.response)


Answer: TypeAlias = Response | Later | Awaitable[Response]
Handler: TypeAlias = Callable[[Request], Answer]
"""A response, a promise of one, or a coroutine, which is run as a task of its own."""


def json_response(status: int, content: Any, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    return Response(status, orjson.dumps(content), [JSON, *headers])
