"""One HTTP/1.1 connection that stays open, for an init and a hot path that can't wait for http.client: with the modules
for mail that it reads headers with, its import takes a tenth of a cold start. httptools reads the answers."""

import socket
from collections.abc import Mapping
from typing import NamedTuple

from httptools import HttpParserError, HttpResponseParser

__all__ = ["Answer", "Connection"]

_AT_ONCE = 64 * 1024


class Answer(NamedTuple):
    """`headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Opened when first asked, and again after it was closed, by either side. For one caller at a time.

    `connect_s` and `read_s` are seconds; without them it waits for as long as it takes.
    """

    def __init__(
        self, host: str, port: int, *, tls: bool = False, connect_s: float | None = None, read_s: float | None = None
    ) -> None:
        self._host, self._port, self._tls, self._connect_s, self._read_s = host, port, tls, connect_s, read_s
        self._socket: socket.socket | None = None

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """`path` and `headers` go as they are, with `host` among them. Raises OSError, and is closed then."""
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        if body or method != "GET":
            lines.append(f"content-length: {len(body)}")
        head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
        self._socket = opened = self._socket or self._open()
        try:
            opened.sendall(head.encode() + body)
            return self._answer(opened)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        opened = socket.create_connection((self._host, self._port), self._connect_s)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            opened = _encrypted(opened, self._host)
        opened.settimeout(self._read_s)
        return opened

    def _answer(self, opened: socket.socket) -> Answer:
        reading = _Reading()
        parser = HttpResponseParser(reading)
        while not reading.complete:
            data = opened.recv(_AT_ONCE)
            if not data:
                raise ConnectionError("the connection ended before the answer did")
            try:
                parser.feed_data(data)
            except HttpParserError as error:
                raise ConnectionError(f"the answer is not HTTP: {error}") from error
        # Not httptools' should_keep_alive: after the message it has forgotten its headers.
        if parser.get_http_version() != "1.1" or "close" in reading.headers.get("connection", "").lower():
            self.close()
        return Answer(parser.get_status_code(), reading.headers, b"".join(reading.parts))


class _Reading:
    """What httptools calls with the parts of an answer."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, part: bytes) -> None:
        self.parts.append(part)

    def on_message_complete(self) -> None:
        self.complete = True


def _encrypted(opened: socket.socket, host: str) -> socket.socket:
    """The system's authorities vouch for the host, or `SSL_CERT_FILE`'s. Raises OSError where they don't."""
    import ssl  # noqa: PLC0415 - 10 ms, and only AWS itself speaks TLS: the local cloud does not

    try:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context.wrap_socket(opened, server_hostname=host)
    except BaseException:
        opened.close()
        raise
