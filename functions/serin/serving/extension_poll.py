"""How does an extension ask for its next event? Over one kept connection, without http.client, whose parsing of headers
takes longer than a small model."""

import socket
from http.client import HTTPException
from io import BufferedReader
from typing import Any

import orjson

__all__ = ["ExtensionPoll"]


class ExtensionPoll:
    """Connects when first asked, and again after `close`."""

    def __init__(self, runtime_api: str, identifier: str) -> None:
        host, _, port = runtime_api.partition(":")
        self._place = (host, int(port or 80))
        self._ask = (
            f"GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: {runtime_api}\r\n"
            f"Lambda-Extension-Identifier: {identifier}\r\n\r\n"
        ).encode()
        self._socket: socket.socket | None = None

    def next(self) -> dict[str, Any]:
        """Blocks until there is one. Raises OSError, HTTPException or ValueError; then `close` it."""
        if self._socket is None:
            self._socket = socket.create_connection(self._place)
            self._reader = self._socket.makefile("rb")
        self._socket.sendall(self._ask)
        status, body = _answer(self._reader)
        if status != 200:
            raise HTTPException(f"status {status}")
        event: dict[str, Any] = orjson.loads(body)
        return event

    def close(self) -> None:
        if self._socket is not None:
            self._reader.close()
            self._socket.close()
            self._socket = None


def _answer(reader: BufferedReader) -> tuple[int, bytes]:
    first = reader.readline()
    if not first.startswith(b"HTTP/1."):
        raise HTTPException("the connection has ended")
    length, chunked = 0, False
    while (line := reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        name = name.lower()
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            chunked = b"chunked" in value.lower()
    return int(first[9:12]), _chunks(reader) if chunked else reader.read(length)


def _chunks(reader: BufferedReader) -> bytes:
    parts = []
    while size := int(reader.readline().partition(b";")[0], 16):
        parts.append(reader.read(size))
        reader.readline()
    while reader.readline() not in (b"\r\n", b""):
        pass
    return b"".join(parts)
