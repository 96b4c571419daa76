"""How do the deployer's calls reach the local AWS? By boto3's own means, but past the sockets: both are one process."""

import asyncio
from collections.abc import Callable, Coroutine
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from infra.local.http import Request, Response

__all__ = ["Send", "transport"]

Send = Callable[..., AWSResponse]
_PATIENCE = 60.0
"""Seconds that one call may take."""


class _Raw(BytesIO):
    def stream(self, **_: object) -> list[bytes]:
        return [self.getvalue()]


def transport(handle: Callable[[Request], Coroutine[Any, Any, Response]], loop: asyncio.AbstractEventLoop) -> Send:
    """For boto3's event `before-send`, which takes an answer in place of a connection. Called on any thread but the
    loop's. Raises TimeoutError."""

    def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        response = asyncio.run_coroutine_threadsafe(handle(_request(request)), loop).result(_PATIENCE)
        headers = {name.decode(): value.decode("latin-1") for name, value in response.headers}
        return AWSResponse(request.url, response.status, headers, _Raw(response.body))

    return send


def _request(prepared: AWSPreparedRequest) -> Request:
    url, body = urlsplit(prepared.url), prepared.body or b""
    content = body.read() if hasattr(body, "read") else body
    headers = [(name.lower().encode(), _bytes(value)) for name, value in prepared.headers.items()]
    headers.append((b"host", url.netloc.encode()))
    return Request(prepared.method, url.path, url.query, headers, _bytes(content))


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
