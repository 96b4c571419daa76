"""How do requests and responses look on the wire, as far as the parser leaves that open?"""

import traceback
from http import HTTPStatus

import httptools

from infra.local.console import say
from infra.local.messages import Response, json_response

__all__ = ["CONTINUE", "FAILED", "MAX_HEAD", "UPGRADE", "encoded", "head_too_long", "not_understood", "target"]

MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
FAILED = json_response(500, {"error": "Internal server error"})
UPGRADE = json_response(400, {"error": "an upgrade with a body is not spoken here"})
_LINES = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n".encode() for one in HTTPStatus}


def not_understood(error: Exception) -> Response:
    """What the parser could not read, or what broke in handling what it told."""
    if isinstance(error, httptools.HttpParserCallbackError):
        say("".join(traceback.format_exception(error)))
        return FAILED
    return json_response(400, {"error": "this is not HTTP"})


def target(url: bytes) -> tuple[str, str]:
    """Path and query of a request line, which may name a host."""
    if not url.startswith(b"/") and b"://" in url:
        url = b"/" + url.partition(b"://")[2].partition(b"/")[2]
    path, _, query = url.decode("latin-1").partition("?")
    return path, query


def head_too_long() -> Response:
    return json_response(431, {"error": f"the request's headers are over {MAX_HEAD} bytes"})


def encoded(response: Response, *, keep: bool, bare: bool = False, old: bool = False) -> bytes:
    """`keep`: the connection stays open. `bare`: only the head is wanted. `old`: the client speaks HTTP/1.0."""
    status, body = response.status, response.body
    parts = [_LINES.get(status) or b"HTTP/1.1 %d Unknown\r\n" % status]
    for name, value in response.headers:
        parts += (name, b": ", value, b"\r\n")
    if not keep:
        parts.append(b"connection: close\r\n")
    elif old:
        parts.append(b"connection: keep-alive\r\n")
    if bare or status in (204, 304):
        parts.append(b"\r\n")
    else:
        parts += (b"content-length: %d\r\n\r\n" % len(body), body)
    return b"".join(parts)
