"""moto's AWS as a coroutine: one worker thread runs its WSGI application, and so is the global lock it needs."""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from infra.local.http import HOST, Request, Response
from infra.local.release import ACCOUNT

__all__ = ["Answers", "Moto", "Runs"]

T = TypeVar("T")


class Runs(Protocol):
    """For who reads and changes moto's models."""

    async def run(self, action: Callable[[], T]) -> T:
        """Alone, between two API calls."""


class Answers(Protocol):
    """For who passes requests on."""

    async def call(self, request: Request) -> Response:
        """As AWS would answer."""


class Moto:
    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - a second of imports that only this needs
            DomainDispatcherApplication,
            create_backend_app,
        )

        _load_managed_policies()
        self._app = DomainDispatcherApplication(create_backend_app)
        # It lists moto's folders for each request, to find out whether the host is the name of one.
        self._app.get_backend_for_host = cache(self._app.get_backend_for_host)  # type: ignore[method-assign]
        self._lock = ThreadPoolExecutor(1, "moto")

    async def call(self, request: Request) -> Response:
        return await self.run(lambda: self.answer(request))

    async def run(self, action: Callable[[], T]) -> T:
        """Runs `action` alone, between two API calls: the place to read and change moto's models."""
        return await asyncio.get_running_loop().run_in_executor(self._lock, action)

    def close(self) -> None:
        self._lock.shutdown(wait=False, cancel_futures=True)

    def answer(self, request: Request) -> Response:
        """Only within `run`."""
        started: list[Any] = []
        parts = self._app(_environ(request), lambda status, headers, *_: started.extend((status, headers)))
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        headers = [(key.lower().encode(), str(value).encode("latin-1")) for key, value in started[1]]
        if request.method != "HEAD":  # there the length is of what a GET would send, and nobody else knows it
            headers = [pair for pair in headers if pair[0] != b"content-length"]
        return Response(int(started[0].split()[0]), body, headers)


def _load_managed_policies() -> None:
    """Roles may name AWS's own policies. moto would load them for each partition that AWS has, which takes a second."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - see above

    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    assert iam_backends[ACCOUNT]["aws"].managed_policies
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"


def _environ(request: Request) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "REQUEST_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "SERVER_NAME": HOST,
        "SERVER_PORT": (request.header(b"host") or "").rpartition(":")[2] or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(request.body)),
    }
    for key, value in request.headers:
        name = key.decode("latin-1").upper().replace("-", "_")
        if name == "CONTENT_TYPE":
            environ[name] = value.decode("latin-1")
        elif name not in ("CONTENT_LENGTH", "TRANSFER_ENCODING", "EXPECT"):
            environ[f"HTTP_{name}"] = value.decode("latin-1")
    return environ
