"""How does the local AWS survive a restart? Every change is a line in a file, and is sent again at the start."""

import base64
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import orjson

from infra.local.aws_request import operation_of
from infra.local.http import Request, Response

__all__ = ["Recorder", "changes", "replay"]

READS = re.compile(r"(Get|List|Describe|BatchGet|Query|Scan|Head|Lookup|Search|TransactGet|Assume|Test|View)\w*")
FLEETING = {
    "PutMetricData",
    "PutLogEvents",
    "CreateLogStream",
    "PutEvents",
    "Publish",
    "SetAlarmState",
    "PutRecord",
    "PutRecordBatch",
    "SendMessage",
    "SendMessageBatch",
    "ReceiveMessage",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "PurgeQueue",
}  # of the hour they were sent in; a queue's messages too, of which those that were read would come again at each
# start; and what Firehose takes in, of which the objects are kept
KEPT = ("host", "authorization", "content-type", "content-encoding", "x-amz-", "if-none-match", "if-match")


def changes(request: Request) -> bool:
    """Does this call change what later calls see?"""
    operation = operation_of(request)
    if operation:
        return not READS.fullmatch(operation) and operation not in FLEETING
    return request.method not in ("GET", "HEAD", "OPTIONS") and not request.path.endswith("/invocations")


class Recorder:
    """Appends to `path`; a line is written whole, and flushed before the caller gets the answer."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(path)
        self._file = path.open("ab")

    def write(self, request: Request) -> None:
        self._file.write(orjson.dumps(_line(request)) + b"\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _line(request: Request) -> dict[str, object]:
    headers = {key.decode(): value.decode("latin-1") for key, value in request.headers}
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": {key: value for key, value in headers.items() if key.startswith(KEPT)},
        "body": base64.b64encode(request.body).decode(),
    }


def _drop_torn_line(path: Path) -> None:
    """A line without its end was being written when the machine stopped: its caller never got an answer."""
    if path.exists():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            path.write_bytes(whole)


def _requests(path: Path) -> Iterator[Request]:
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            one = orjson.loads(line)
            headers = [(key.encode(), value.encode("latin-1")) for key, value in one["headers"].items()]
            body = _without_revision(base64.b64decode(one["body"]))
            yield Request(one["method"], one["path"], one["query"], headers, body)


def _without_revision(body: bytes) -> bytes:
    """Revision ids are drawn anew at each start; the order of the file is what they stood for."""
    if b'"RevisionId"' not in body[:100_000] or body[:1] != b"{":
        return body
    content = orjson.loads(body)
    content.pop("RevisionId", None)
    return orjson.dumps(content)


async def replay(path: Path, send: Callable[[Request], Awaitable[Response]]) -> tuple[int, int]:
    """Sends every recorded change again; returns how many there were and how many failed this time."""
    total = failed = 0
    if path.exists():
        for request in _requests(path):
            total += 1
            failed += (await send(request)).status >= 300
    return total, failed
