"""Are windows found, put together and removed in S3 as the library means it? Against moto, and by the handler."""

from datetime import UTC, datetime, timedelta

import pytest

from serin.aws.dynamodb import Table
from serin.aws.version_table import VersionTable
from serin.aws.window_store import WindowStore
from serin.drift.hours import compact_hour
from serin.drift.window import WindowSketch
from serin.errors import Conflict
from serin.registry.canonical import sha256
from serin.registry.records import AuditEntry, VersionRecord
from tests.handlers.deployed import event, start
from tests.unit.aws.stage import Aws
from tests.unit.drift.data import by_matrix, matrix, window

NOW = datetime.now(UTC)
BEFORE, OPEN = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
"""The handler has a clock of its own, and an hour may end while these tests wait for their turn."""


@pytest.fixture
def aws(aws: Aws) -> Aws:
    for number, at in enumerate([BEFORE, BEFORE, BEFORE, OPEN]):
        data = window(by_matrix(), *matrix(5, seed=number), 5, f"s{number}", 1).to_bytes()
        key = f"windows/flights/1/{at:%Y/%m/%d/%H}/{number:02d}-s{number}-1.z"
        aws.client("s3").put_object(Bucket="bucket", Key=key, Body=data)
    return aws


def _keys(aws: Aws) -> list[str]:
    listed = aws.client("s3").list_objects_v2(Bucket="bucket", Prefix="windows/")
    return sorted(one["Key"] for one in listed["Contents"])


def test_hours_that_are_over_become_one_object_each(aws: Aws) -> None:
    """The present one is left to its sandboxes."""
    store = WindowStore(aws.client("s3"), "bucket")
    assert list(store.versions("flights")) == [1]
    (hour,) = store.ended("flights", 1, NOW)
    assert compact_hour(store, hour, by_matrix()) == {}
    assert _keys(aws) == sorted([f"{hour}.z", f"windows/flights/1/{OPEN:%Y/%m/%d/%H}/03-s3-1.z"])
    found = store.read(hour)
    assert found.whole
    assert WindowSketch.from_bytes(found.whole, by_matrix()).rows == 15
    with pytest.raises(Conflict):
        store.put(hour, b"x", None)
    with pytest.raises(Conflict):
        store.put(hour, b"x", '"another"')


def test_the_handler_puts_together_what_the_version_s_own_baseline_explains(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Woken by the schedule; a second run finds nothing to do."""
    document = by_matrix().to_bytes()
    aws.client("s3").put_object(Bucket="bucket", Key=f"documents/sha256/{sha256(document)}", Body=document)
    record = VersionRecord("flights", 1, "d", "a", 1, "m", "g", {}, "regression", "", "me", sketch=sha256(document))
    table = VersionTable(Table(aws.client("dynamodb"), "table"))
    table.add(record, AuditEntry.of("flights", "register", "me", NOW))
    handler = start(monkeypatch, "compaction")
    assert handler(event("compaction-schedule"), None) == {"flights": 1}
    assert f"windows/flights/1/{BEFORE:%Y/%m/%d/%H}.z" in _keys(aws)
    assert handler(event("compaction-schedule"), None) == {"flights": 0}
