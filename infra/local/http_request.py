"""How do requests come out of the bytes of a connection? Put together from what the parser tells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httptools

from infra.local.http_wire import MAX_HEAD, UPGRADE, head_too_long, target
from infra.local.messages import Headers, Request, Response

__all__ = ["Exchange", "Hears", "Incoming"]


@dataclass(slots=True)
class Exchange:
    """A request, or at once the response that it gets."""

    asked: Request | Response
    keep: bool
    bare: bool = False
    old: bool = False


class Refused(Exception):
    """By a callback of the parser, to stop it."""


class Hears(Protocol):
    """Of requests, once they are whole, and of the one that is refused, after which nothing may be read."""

    client: str

    def take(self, exchange: Exchange) -> None: ...
    def end_with(self, response: Response) -> None: ...
    def go_on_if_free(self) -> None:
        """The head is there, and the client may be waiting to be asked for the body."""


class Incoming:
    """`reads` is true within a request, `in_body` after its head; `expects` while the client waits to be asked for the
    body; `received` counts the bytes that came since the last request's end."""

    def __init__(self, hears: Hears, limit: int, too_long: Callable[[], Response]) -> None:
        self._hears, self._limit, self._too_long = hears, limit, too_long
        self.parser = httptools.HttpRequestParser(self)
        self.reads, self.received = False, 0
        self._begin()

    def feed(self, data: bytes) -> None:
        """Raises httptools.HttpParserError for what is not HTTP, HttpParserUpgrade after a request for one."""
        self.received += len(data)
        self.parser.feed_data(data)

    @property
    def head_too_long(self) -> bool:
        return self.reads and not self.in_body and self.received > MAX_HEAD

    def _begin(self) -> None:
        self._url, self._body = b"", b""
        self._headers: Headers = []
        self._parts: list[bytes] | None = None
        self._size = 0
        self.in_body = self.expects = self._upgrades = False

    def on_message_begin(self) -> None:
        self._begin()
        self.reads = True

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expects = True
        elif name == b"upgrade":
            self._upgrades = True
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if (self.received > MAX_HEAD or not self.received) and self._head_size() > MAX_HEAD:
            self._refuse(head_too_long())
        self.in_body = True
        if self._upgrades and self.parser.should_upgrade() and self._has_body():
            self._refuse(UPGRADE)
        if self._announced() > self._limit:
            self._refuse(self._too_long())
        self._hears.go_on_if_free()

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            self._refuse(self._too_long())
        if not self._body:
            self._body = part
        elif self._parts is None:
            self._parts = [self._body, part]
        else:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        self.reads = self.in_body = self.expects = False
        self.received = 0
        parser = self.parser
        body = self._body if self._parts is None else b"".join(self._parts)
        method = parser.get_method().decode()
        path, query = target(self._url)
        request = Request(method, path, query, self._headers, body, self._hears.client)
        old = parser.get_http_version() == "1.0"
        self._hears.take(Exchange(request, parser.should_keep_alive(), method == "HEAD", old))

    def _head_size(self) -> int:
        return len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers)

    def _has_body(self) -> bool:
        return any(name in (b"content-length", b"transfer-encoding") and value != b"0" for name, value in self._headers)

    def _announced(self) -> int:
        for name, value in self._headers:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0

    def _refuse(self, response: Response) -> None:
        self._hears.end_with(response)
        raise Refused
