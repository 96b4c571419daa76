"""Firehose: records wait for their delivery, are converted by the table's columns, and become an object in a bucket.

moto takes delivery streams, but writes each record at once, as it is, under a prefix that it does not evaluate.
"""

import asyncio
import json
import re
import uuid
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson
from moto.firehose.models import firehose_backends
from moto.glue.models import glue_backends

from infra.local.aws_request import operation_of
from infra.local.console import say
from infra.local.http import Request, Response
from infra.local.release import ACCOUNT, REGION
from serin.errors import InvalidSettings

__all__ = ["PUTS", "Streams", "evaluated"]

PUTS = ("PutRecord", "PutRecordBatch")
LONGEST_S = 2.0
"""Nobody at a laptop wants to wait for a quarter of an hour, which is what fewer and larger files are worth on AWS."""
EXPRESSION = re.compile(r"!\{(\w+):([^}]*)\}")
PARTS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H"}
SIGNED = b"AWS4-HMAC-SHA256 Credential=firehose/20130804/%s/s3/aws4_request, SignedHeaders=host, Signature=0"


@dataclass
class Waiting:
    since: float
    records: list[bytes] = field(default_factory=list)


class Streams:
    """`put_object` sends a request to S3 and keeps it, as any other change."""

    def __init__(self, run: Callable[[Callable[[], Any]], Awaitable[Any]],
                 put_object: Callable[[Request], Awaitable[Response]], minute: float = 60.0) -> None:  # fmt: skip
        self._run, self._put_object, self._minute = run, put_object, minute
        self._waiting: dict[str, Waiting] = {}

    async def put(self, request: Request, now: float) -> Response:
        """PutRecord and PutRecordBatch."""
        body = orjson.loads(request.body)
        name = body["DeliveryStreamName"]
        if await self._run(lambda: name not in firehose_backends[ACCOUNT][REGION].delivery_streams):
            missing = {"__type": "ResourceNotFoundException", "message": f"Firehose {name} under account {ACCOUNT} "
                       "not found."}  # fmt: skip
            return _answer(400, missing)
        records = body["Records"] if operation_of(request) == "PutRecordBatch" else [body["Record"]]
        waiting = self._waiting.setdefault(name, Waiting(now))
        waiting.records += [b64decode(one["Data"]) for one in records]
        ids = [{"RecordId": str(uuid.uuid4())} for _ in records]
        batch = {"FailedPutCount": 0, "Encrypted": True, "RequestResponses": ids}
        return _answer(200, batch if "Records" in body else {**ids[0], "Encrypted": True})

    async def deliver_due(self, now: float) -> None:
        """Those whose oldest record waited for the stream's interval, or for two seconds."""
        for name, waiting in list(self._waiting.items()):
            destination = await self._run(lambda name=name: _destination(name))
            interval = destination.get("BufferingHints", {}).get("IntervalInSeconds", 300) * self._minute / 60
            if now - waiting.since >= min(interval, LONGEST_S):
                del self._waiting[name]
                await self._deliver(name, destination, waiting.records)

    async def _deliver(self, name: str, destination: dict[str, Any], records: list[bytes]) -> None:
        schema = destination["DataFormatConversionConfiguration"]["SchemaConfiguration"]
        columns = await self._run(lambda: _columns(schema["DatabaseName"], schema["TableName"]))
        parquet, bad = await asyncio.to_thread(_converted, records, columns)
        bucket = destination["BucketARN"].rpartition(":")[2]
        if parquet:
            await self._write(bucket, name, destination["Prefix"], ".parquet", parquet)
        if bad:
            say(f"Firehose {name}: {len(bad)} records don't fit the table, the first: {bad[0]['errorMessage']}")
            text = b"\n".join(map(orjson.dumps, bad))
            await self._write(bucket, name, destination["ErrorOutputPrefix"], "", text)

    async def _write(self, bucket: str, name: str, prefix: str, ending: str, data: bytes) -> None:
        at = datetime.now(UTC)
        key = quote(f"{evaluated(prefix, at)}{name}-1-{at:%Y-%m-%d-%H-%M-%S}-{uuid.uuid4()}{ending}", safe="/=")
        headers = [(b"authorization", SIGNED % REGION.encode()), (b"host", b"s3.amazonaws.com")]
        await self._put_object(Request("PUT", f"/{bucket}/{key}", "", headers, data))


def evaluated(prefix: str, at: datetime) -> str:
    """Raises InvalidSettings for an expression that is not known here."""
    return EXPRESSION.sub(lambda found: _value(found[1], found[2], at), prefix)


def _value(namespace: str, what: str, at: datetime) -> str:
    if (namespace, what) == ("firehose", "error-output-type"):
        return "format-conversion-failed"
    pieces = re.findall(r"[A-Za-z]+|[^A-Za-z]+", what)
    if namespace != "timestamp" or any(one.isalpha() and one not in PARTS for one in pieces):
        raise InvalidSettings(f"the local cloud can't evaluate !{{{namespace}:{what}}} in a prefix of Firehose")
    return at.strftime("".join(PARTS.get(one, one) for one in pieces))


def _destination(name: str) -> dict[str, Any]:
    found: dict[str, Any] = firehose_backends[ACCOUNT][REGION].delivery_streams[name].destinations[0]["ExtendedS3"]
    return found


def _columns(database: str, table: str) -> dict[str, str]:
    version = glue_backends[ACCOUNT][REGION].get_table(database, table).get_version("1")
    return {one["Name"]: one["Type"] for one in version["StorageDescriptor"]["Columns"]}


def _documents(records: Iterable[bytes]) -> Iterator[Any]:
    """A record may hold several, one after the other; text that is none ends its record."""
    decoder = json.JSONDecoder()
    for record in records:
        text = record.decode("utf-8", "replace").strip()
        while text:
            try:
                document, end = decoder.raw_decode(text)
            except json.JSONDecodeError as error:
                yield error
                break
            yield document
            text = text[end:].lstrip()


def _converted(records: Iterable[bytes], columns: dict[str, str]) -> tuple[bytes, list[dict[str, str]]]:
    """All at once where all fit, for a file takes a millisecond, and one by one where they don't."""
    documents = list(_documents(records))
    try:
        return _parquet(documents, columns), []
    except (ValueError, TypeError, AttributeError):
        good, bad = _sorted(documents, columns)
        return _parquet(good, columns) if good else b"", bad


def _sorted(documents: Iterable[Any], columns: dict[str, str]) -> tuple[list[Any], list[dict[str, str]]]:
    """Which of them the table takes, and which it does not and why."""
    good, bad = [], []
    for document in documents:
        try:
            if isinstance(document, Exception):
                raise document
            _parquet([document], columns)
            good.append(document)
        except (ValueError, TypeError, AttributeError) as error:
            bad.append({"errorMessage": str(error), "rawData": str(document)[:1000]})
    return good, bad


def _parquet(documents: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> bytes:
    from infra.local.parquet import to_parquet  # noqa: PLC0415 - pyarrow, which a start need not wait for

    return to_parquet(documents, columns)


def _answer(status: int, content: Any) -> Response:
    return Response(status, orjson.dumps(content), [(b"content-type", b"application/x-amz-json-1.1")])
