"""How do bytes get in and out of an API Gateway proxy event: base64, content types, compression, size limits."""

import zlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from serin.errors import InvalidInput, TooLarge, UnsupportedMedia
from serin.serving.codec import Answer

__all__ = ["MAX_BYTES", "body_of", "json_response", "reply", "takes_binary"]

MAX_BYTES = 6_291_456  # Lambda's limit for a request and for a response
_INFLATED_BYTES = 10 * 1024 * 1024  # API Gateway's limit for a body: no more comes out of a compressed one
_JSON_HEADERS = {"Content-Type": "application/json"}
_HEADERS = ("content-type", "content-encoding", "inference-header-content-length", "accept")
_MEDIA = frozenset({"", "application/json", "application/octet-stream"})


def body_of(event: Mapping[str, Any]) -> tuple[bytes | str, int | None]:
    """The body and the length of its JSON, if the caller gives one.

    Raises UnsupportedMedia, TooLarge or InvalidInput.
    """
    headers: Mapping[Any, Any] = event.get("headers") or {}
    media, encoding, header_length, _ = map(headers.get, _spelled(tuple(headers)))
    if media is not None and media != "application/json":
        _check_media(media)
    body = _raw(event)
    if encoding is not None and encoding.strip().lower() not in {"", "identity"}:
        body = _inflate(body, encoding.strip().lower())
    return body, None if header_length is None else _length(header_length, body)


def takes_binary(headers: Mapping[Any, Any] | None) -> bool:
    """API Gateway decodes a binary answer only for the first type that a client accepts; to all others it would
    hand the base64 as it is, which no client of the protocol can read."""
    accepted = headers.get(_spelled(tuple(headers))[-1]) if headers else None
    if accepted is None or accepted == "application/octet-stream":
        return accepted is not None
    return str(accepted).split(",", 1)[0].split(";", 1)[0].strip().lower() == "application/octet-stream"


def json_response(status: int, document: Mapping[str, Any]) -> dict[str, Any]:
    text = orjson.dumps(document).decode()
    return {"statusCode": status, "headers": _JSON_HEADERS, "body": text, "isBase64Encoded": False}


def reply(answer: Answer) -> dict[str, Any]:
    """Raises TooLarge when Lambda would not carry the answer."""
    if isinstance(answer, str):
        if len(answer) > MAX_BYTES // 4 and len(orjson.dumps(answer)) > MAX_BYTES - 1024:
            raise TooLarge(_TOO_LONG)
        return {"statusCode": 200, "headers": _JSON_HEADERS, "body": answer, "isBase64Encoded": False}
    body, header_length = answer
    if len(body) * 4 // 3 > MAX_BYTES - 1024:
        raise TooLarge(_TOO_LONG)
    headers = {
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": str(header_length),
    }
    return {
        "statusCode": 200,
        "headers": headers,
        "body": b2a_base64(body, newline=False).decode(),
        "isBase64Encoded": True,
    }


_TOO_LONG = "the answer is over Lambda's 6 MB: send fewer rows, or ask for fewer outputs"


@lru_cache(256)
def _spelled(names: tuple[str, ...]) -> tuple[str | None, ...]:
    """How a client spells the headers that count here, in the order of _HEADERS. It may choose the case, and as it
    stays with its choice, that is remembered."""
    spelled = {name.lower(): name for name in names}
    return tuple(map(spelled.get, _HEADERS))


def _check_media(media: str) -> None:
    kind = media.split(";", 1)[0].strip().lower()
    if kind not in _MEDIA:
        raise UnsupportedMedia(
            f"content type '{kind[:100]}' is not spoken here: send application/json or application/octet-stream"
        )


def _raw(event: Mapping[str, Any]) -> bytes | str:
    body = event.get("body")
    if not body:
        raise InvalidInput("the request has no body")
    if type(body) is not str:
        raise InvalidInput("the body must be text")
    if len(body) > MAX_BYTES:
        raise TooLarge("the request is over Lambda's 6 MB: send fewer rows at a time")
    if not event.get("isBase64Encoded"):
        return body
    try:
        return a2b_base64(body, strict_mode=True)
    except ValueError:
        raise InvalidInput("the body is not the base64 that its event says it is") from None


def _inflate(body: bytes | str, encoding: str) -> bytes:
    """Bounded: a small body can't become a big one in memory."""
    if encoding not in {"gzip", "deflate"}:
        raise UnsupportedMedia(f"content encoding '{encoding[:50]}' is not spoken here: send gzip, or none")
    if isinstance(body, str):
        raise InvalidInput("the compressed body was read as text on its way: send application/octet-stream")
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        inflated = stream.decompress(body, _INFLATED_BYTES)
    except zlib.error:
        raise InvalidInput(f"the body is not valid {encoding}") from None
    if stream.unconsumed_tail:
        raise TooLarge(f"the body inflates to over {_INFLATED_BYTES} bytes")
    if not stream.eof or stream.unused_data:
        raise InvalidInput(f"the body is not one whole {encoding} stream")
    return inflated


def _length(value: Any, body: bytes | str) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput("Inference-Header-Content-Length must be a whole number of bytes")
    if isinstance(body, str) and "�" in body:
        raise InvalidInput(
            "the binary body was read as text on its way: send it with Content-Type application/octet-stream"
        )
    return int(text)
