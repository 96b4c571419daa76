"""What Firehose makes of records here: Parquet by the table's columns, which DuckDB reads, and what does not fit."""

import asyncio
from datetime import UTC, datetime

import boto3
import orjson
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from infra.cli.local_query import ask
from infra.local.http import Request, Response
from infra.local.parquet import arrow_type, to_parquet
from infra.local.streams import Streams, evaluated
from serin.errors import BadRequest, InvalidSettings
from serin.serving.captured import COLUMNS

NOW = 1_000_000.0


def document(**more):
    return {
        "predicted_at": "2026-03-07T09:04:30.125Z", "version": 3, "release": "7", "client": "ab", "latency_ms": 1.2,
        "receipt": "0a", "row_index": 0, "score": 0.5, "numbers": {"delay": 1.0, "wind": None}, "texts": {"id": "x"},
        "outputs": {"p": [0.5, 0.5]}, "labels": {}, **more,
    }  # fmt: skip


def query(sql, *documents, most=100):
    files = [("day=2026-03-07/a.parquet", to_parquet(documents, COLUMNS))] if documents else []
    return ask(sql, "flights", files, most)


def test_what_was_captured_can_be_asked_for():
    """Maps by key, lists from 1, times as times, the day of the folder; what is missing is null."""
    sql = """select predicted_at, version, numbers['delay'], numbers['wind'], texts['id'], outputs['p'][2], day
             from flights where predicted_at > timestamp '2026-03-07 09:00:00'"""
    answer = query(sql, document())
    assert answer.rows == (("2026-03-07 09:04:30.125", 3, 1.0, None, "x", 0.5, "2026-03-07"),)
    assert answer.scanned_bytes > 0


def test_no_more_rows_come_back_than_asked_for():
    """And it says that there are more."""
    answer = query("select row_index from flights", *(document(row_index=n) for n in range(5)), most=3)
    assert (answer.rows, answer.cut) == (((0,), (1,), (2,)), True)


def test_a_table_without_files_is_empty_and_has_its_columns():
    """A question to it is no error: nothing was captured yet."""
    answer = query("select avg(score), count(*), max(day) from flights where numbers['x'] > 1")
    assert answer.rows == ((None, 0, None),)


@pytest.mark.parametrize("sql", ["selec 1", "select nothing from flights", "select * from read_csv('/etc/hostname')"])
def test_a_question_that_can_not_be_answered_says_why(sql):
    """Also one that reaches for other files of the machine."""
    with pytest.raises(BadRequest, match="DuckDB: "):
        query(sql, document())


@settings(max_examples=10)
@given(st.lists(st.dictionaries(st.text(max_size=5), st.none() | st.floats(allow_nan=False)), min_size=1, max_size=5))
def test_maps_come_back_as_they_were_written(maps):
    """Whatever their keys and values."""
    answer = query("select numbers from flights", *(document(numbers=one) for one in maps))
    assert [row[0] for row in answer.rows] == maps


def test_prefixes_are_evaluated():
    """In the forms that the template uses; another one is refused when the stack is deployed."""
    at = datetime(2026, 3, 7, 9, tzinfo=UTC)
    assert (
        evaluated("captured/m/day=!{timestamp:yyyy-MM-dd}/h=!{timestamp:HH}/", at) == "captured/m/day=2026-03-07/h=09/"
    )
    assert evaluated("errors/!{firehose:error-output-type}/", at) == "errors/format-conversion-failed/"
    for unknown in ("!{timestamp:DDD}", "!{partitionKeyFromQuery:x}"):
        with pytest.raises(InvalidSettings, match="can't evaluate"):
            evaluated(unknown, at)
    with pytest.raises(InvalidSettings, match="no column of type decimal"):
        arrow_type("map<string,decimal>")


class World:
    """A stream on moto, whose objects the test sees."""

    def __init__(self):
        config = Config(retries={"total_max_attempts": 1})
        client = {name: boto3.client(name, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t",
                                     config=config) for name in ("glue", "firehose")}  # fmt: skip
        columns = [{"Name": name, "Type": kind} for name, kind in COLUMNS.items()]
        client["glue"].create_database(DatabaseInput={"Name": "d"})
        client["glue"].create_table(
            DatabaseName="d", TableInput={"Name": "m", "StorageDescriptor": {"Columns": columns}}
        )
        schema = {"DatabaseName": "d", "TableName": "m", "RoleARN": "arn:aws:iam::123456789012:role/r"}
        client["firehose"].create_delivery_stream(
            DeliveryStreamName="s",
            ExtendedS3DestinationConfiguration={
                "BucketARN": "arn:aws:s3:::b", "RoleARN": "arn:aws:iam::123456789012:role/r",
                "Prefix": "captured/m/day=!{timestamp:yyyy-MM-dd}/",
                "ErrorOutputPrefix": "errors/m/!{firehose:error-output-type}/",
                "BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 900},
                "DataFormatConversionConfiguration": {"Enabled": True, "SchemaConfiguration": schema},
            },
        )  # fmt: skip
        self.objects = {}
        self.streams = Streams(self._run, self._put)

    async def _run(self, action):
        return action()

    async def _put(self, request):
        self.objects[request.path] = request.body
        return Response(200)

    def send(self, *records, stream="s", batch=True):
        from base64 import b64encode

        encoded = [{"Data": b64encode(one).decode()} for one in records]
        what = {"Records": encoded} if batch else {"Record": encoded[0]}
        verb = b"Firehose_20150804.PutRecordBatch" if batch else b"Firehose_20150804.PutRecord"
        body = orjson.dumps({"DeliveryStreamName": stream, **what})
        response = asyncio.run(self.streams.put(Request("POST", "/", "", [(b"x-amz-target", verb)], body), NOW))
        return response.status, orjson.loads(response.body)

    def deliver(self, at):
        asyncio.run(self.streams.deliver_due(NOW + at))


@pytest.fixture
def world():
    with mock_aws():
        yield World()


def test_records_wait_and_become_one_object(world):
    """Several documents in a record, records of several calls; two seconds are long enough on a laptop."""
    pair = orjson.dumps(document(row_index=0)) + b"\n" + orjson.dumps(document(row_index=1))
    assert world.send(pair)[1]["FailedPutCount"] == 0
    assert world.send(orjson.dumps(document(row_index=2)), batch=False)[1]["RecordId"]
    world.deliver(1)
    assert world.objects == {}
    world.deliver(2)
    world.deliver(3)
    ((path, content),) = world.objects.items()
    assert path.startswith(f"/b/captured/m/day={datetime.now(UTC):%Y-%m-%d}/s-1-")
    answer = ask("select row_index from flights order by 1", "flights", [("day=x/a.parquet", content)], 10)
    assert answer.rows == ((0,), (1,), (2,))


def test_what_does_not_fit_the_table_is_put_aside(world, capsys):
    """With the reason, and the rest is delivered."""
    world.send(b"no json", orjson.dumps(document(version="three")), orjson.dumps(document()))
    world.deliver(10)
    bad = {
        path: body for path, body in world.objects.items() if path.startswith("/b/errors/m/format-conversion-failed/")
    }
    (lines,) = bad.values()
    assert [bool(orjson.loads(line)["errorMessage"]) for line in lines.splitlines()] == [True, True]
    assert len(world.objects) == 2
    assert "2 records don't fit the table" in capsys.readouterr().err


def test_a_stream_that_is_not_there_is_no_success(world):
    """As AWS says it."""
    status, answer = world.send(b"{}", stream="other")
    assert (status, answer["__type"]) == (400, "ResourceNotFoundException")
