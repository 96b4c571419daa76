"""Lambda's Invoke API: from the HTTP request of a boto3 client to a sandbox and back."""

import asyncio
from urllib.parse import parse_qs

import orjson

from infra.local.fleet import Fleet, Invoked
from infra.local.http import Request, Response
from infra.local.release import resolve, split_name
from infra.local.tail import Tail
from serin.errors import NotFound, SerinError, Throttled, TooLarge

__all__ = ["aws_error", "function_in", "invoke", "queue"]

NAMES = {
    404: "ResourceNotFoundException", 429: "TooManyRequestsException", 413: "RequestTooLargeException",
    412: "PreconditionFailedException", 409: "ResourceConflictException", 400: "InvalidParameterValueException",
    403: "AccessDeniedException",
}  # fmt: skip
_background: set[asyncio.Task[None]] = set()


def function_in(request: Request) -> tuple[str, str | None]:
    """The function's name and the qualifier in a path like /2015-03-31/functions/{name}/…"""
    qualifier = parse_qs(request.query).get("Qualifier", [None])[0] if request.query else None
    return split_name(request.path.split("/")[3], qualifier)


def aws_error(status: int, message: str, kind: str | None = None) -> Response:
    name = kind or NAMES.get(status, "ServiceException")
    content = {"Type": "User" if status < 500 else "Service", "message": message, "Message": message}
    headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", name.encode())]
    return Response(status, orjson.dumps(content), headers)


async def invoke(request: Request, fleet: Fleet) -> Response:
    name, qualifier = function_in(request)
    kind = request.header(b"x-amz-invocation-type") or "RequestResponse"
    payload = request.body or b"{}"
    try:
        if kind == "RequestResponse":
            tail = Tail(fleet, name) if request.header(b"x-amz-log-type") == "Tail" else None
            done = await fleet.invoke(name, qualifier, payload)
            return _answer(done, *([await tail.header(done)] if tail else []))
        resolve(name, qualifier)
    except (NotFound, Throttled, TooLarge) as error:
        return aws_error(error.status, str(error))
    if kind == "Event":
        queue(fleet, name, qualifier, payload)
        return Response(202)
    return Response(204) if kind == "DryRun" else aws_error(400, f"unknown invocation type {kind}")


def queue(fleet: Fleet, name: str, qualifier: str | None, payload: bytes) -> None:
    """An asynchronous invocation: accepted now, run soon."""
    task = asyncio.create_task(_later(fleet, name, qualifier, payload))
    _background.add(task)
    task.add_done_callback(_background.discard)


def _answer(done: Invoked, *more: tuple[bytes, bytes]) -> Response:
    headers = [
        (b"content-type", b"application/json"),
        (b"x-amz-executed-version", done.version.encode()),
        (b"x-amzn-requestid", done.request_id.encode()),
        *more,
    ]
    if done.outcome.error:
        headers.append((b"x-amz-function-error", b"Unhandled"))
    return Response(200, done.outcome.payload, headers)


async def _later(fleet: Fleet, name: str, qualifier: str | None, payload: bytes) -> None:
    """As on Lambda an asynchronous event is tried three times; here without the minutes in between."""
    for _ in range(3):
        try:
            if not (await fleet.invoke(name, qualifier, payload)).outcome.error:
                return
        except Throttled:
            await asyncio.sleep(1)
        except SerinError:
            return
