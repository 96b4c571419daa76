"""SQS in front of moto: a long poll must not hold moto's one thread, and who waits for a message hears of it."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace

import orjson

from infra.local.aws_request import operation_of
from infra.local.http import Request, Response
from infra.local.moto_app import Answers

__all__ = ["Queues"]

SHOWING = {"SendMessage", "SendMessageBatch", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch"}
LONGEST = 20


class Queues:
    """`look` is called after each call that may have brought a message into sight.

    Clients that still send forms, as older boto3 does, get moto's own long poll.
    """

    def __init__(self, moto: Answers, look: Callable[[], None]) -> None:
        self._moto, self._look = moto, look
        self._shown = asyncio.Event()

    async def answer(self, request: Request) -> Response:
        operation = operation_of(request)
        if operation == "ReceiveMessage" and request.header(b"x-amz-target"):
            return await self._receive(request)
        response = await self._moto.call(request)
        if operation in SHOWING and response.status < 300:
            self._shown.set()
            self._shown = asyncio.Event()
            self._look()
        return response

    async def _receive(self, request: Request) -> Response:
        """Asks at once, then whenever something was sent, and each second for what comes back by itself."""
        wait, request = _short(request)
        until = time.monotonic() + wait
        while True:
            shown = self._shown  # before asking: what is sent while moto answers must be heard
            response = await self._moto.call(request)
            left = until - time.monotonic()
            if left <= 0 or response.status >= 300 or b'"Messages"' in response.body:
                return response
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(shown.wait(), min(left, 1.0))


def _short(request: Request) -> tuple[int, Request]:
    """How many seconds the caller would wait, and the request without it. What moto refuses stays as it is.

    A queue's own wait is not honoured: an empty answer that comes early is always allowed.
    """
    try:
        body = orjson.loads(request.body)
        wait = body.get("WaitTimeSeconds", 0)
    except (orjson.JSONDecodeError, AttributeError):
        return 0, request
    if not isinstance(wait, int) or not 0 <= wait <= LONGEST:
        return 0, request
    return wait, replace(request, body=orjson.dumps({**body, "WaitTimeSeconds": 0}))
