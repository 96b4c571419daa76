"""Sending one request to an endpoint over HTTPS: patient with throttling, clear about refusals."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson

from serin.errors import (
    AccessDenied,
    BadRequest,
    InvalidInput,
    NotFound,
    NotReady,
    SerinError,
    Throttled,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
)

__all__ = ["TIMEOUT", "ask"]

TIMEOUT = httpx.Timeout(35.0, connect=3.0)
_ATTEMPTS = 5
_AGAIN = (429, 503)
_PATIENCE_S = 10.0
_GOOD = (200, 202)
_BY_STATUS: dict[int, type[SerinError]] = {
    kind.status: kind
    for kind in (InvalidInput, AccessDenied, NotFound, TooLarge, UnsupportedMedia, Throttled, NotReady)
}


def ask(
    client: httpx.Client, url: str, key: str, request: dict[str, Any], pause: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """What the endpoint answers. Raises the SerinError that belongs to the answer's status."""
    headers = {"x-api-key": key, "content-type": "application/json"}
    body = orjson.dumps(request)
    for attempt in range(_ATTEMPTS):
        try:
            answer = client.post(url, content=body, headers=headers)
        except httpx.TransportError as error:
            raise Unavailable(f"{url} did not answer: {error or type(error).__name__}") from error
        wait = _wait(answer, attempt)
        if answer.status_code not in _AGAIN or attempt == _ATTEMPTS - 1 or wait > _PATIENCE_S:
            break
        pause(wait)
    return _document(answer)


def _wait(answer: httpx.Response, attempt: int) -> float:
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else 0.2 * 2**attempt


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        document = None
    if answer.status_code in _GOOD and isinstance(document, dict):
        return document
    said = document.get("error") or document.get("message") if isinstance(document, dict) else answer.text[:300]
    fallback = BadRequest if 400 <= answer.status_code < 500 else Unavailable
    kind = _BY_STATUS.get(answer.status_code, fallback)
    raise kind(f"The endpoint answered {answer.status_code}: {said}")
