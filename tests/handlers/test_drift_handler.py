"""Does the module that looks for drift work on its schedule's event, from windows in S3 to an owner's message?"""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from jsonschema import Draft7Validator

from serin.aws.drift_table import DriftTable
from serin.aws.dynamodb import Table
from serin.aws.version_table import VersionTable
from serin.drift.window import WindowSketch
from serin.errors import Conflict
from serin.registry.canonical import sha256
from serin.registry.records import AuditEntry, VersionRecord
from serin.watch.notices import notices
from tests.handlers.deployed import event, start
from tests.unit.aws.stage import ENDPOINT, Aws
from tests.unit.watch.world import baseline, rows

YESTERDAY = datetime.now(UTC).replace(hour=8, minute=0) - timedelta(days=1)


@pytest.fixture
def seen(aws: Aws) -> Aws:
    """Version 1 is registered with a baseline, and saw two thousand rows yesterday, without one of its features."""
    document = baseline().to_bytes()
    s3 = aws.client("s3")
    s3.put_object(Bucket="bucket", Key=f"documents/sha256/{sha256(document)}", Body=document)
    record = VersionRecord(
        "flights",
        1,
        "d",
        "a",
        1,
        "m",
        "g",
        {},
        "classification",
        "2026-01-05T08:00:00.000Z",
        "me",
        sketch=sha256(document),
    )
    audit = AuditEntry.of("flights", "register", "me", datetime.now(UTC))
    VersionTable(Table(aws.client("dynamodb"), "table")).add(record, audit)
    window = WindowSketch.of(baseline(), "s", 1)
    window.observe(*rows(2000, 5, b=lambda values: np.full_like(values, np.nan)), 2000, YESTERDAY.timestamp())
    s3.put_object(Bucket="bucket", Key=f"windows/flights/1/{YESTERDAY:%Y/%m/%d/%H}/00-s-1.z", Body=window.to_bytes())
    return aws


def test_what_broke_yesterday_is_recorded_reported_and_told(
    seen: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second run has nothing to add."""
    handler = start(monkeypatch, "drift")
    (said,) = handler(event("drift-schedule"), None)["flights"]
    assert "broken input: 100.0% of b is missing" in said
    (record,) = DriftTable(Table(seen.client("dynamodb"), "table")).of_version("flights", 1)
    assert (record.kind, record.alarm, record.told, record.owner) == ("broken input", True, True, "watcher")
    page = seen.client("s3").get_object(Bucket="bucket", Key=f"{record.key}.html")
    assert page["ContentType"].startswith("text/html")
    assert b"b is missing" in page["Body"].read()
    whole = json.loads(seen.client("s3").get_object(Bucket="bucket", Key=f"{record.key}.json")["Body"].read())
    assert whole["causes"][0]["kind"] == "broken input"
    lines = [json.loads(one) for one in capsys.readouterr().out.splitlines() if '"DriftAlarm"' in one]
    assert [line["DriftAlarm"] for line in lines] == [1]
    assert handler(event("drift-schedule"), None) == {"flights": []}


def test_a_record_is_changed_by_who_knows_it(seen: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs at once: the second to save is told so."""
    start(monkeypatch, "drift")(event("drift-schedule"), None)
    table = DriftTable(Table(seen.client("dynamodb"), "table"))
    (record,) = table.of_version("flights", 1)
    assert table.save(record).revision == record.revision + 1
    with pytest.raises(Conflict):
        table.save(record)


def test_the_event_on_the_bus_fits_its_schema(seen: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample in events/, and what the library makes."""
    validator = Draft7Validator(event("drift-diagnosed.schema"))
    validator.validate(event("drift-diagnosed")["detail"])
    start(monkeypatch, "drift")(event("drift-schedule"), None)
    for record in DriftTable(Table(seen.client("dynamodb"), "table")).of_version("flights", 1):
        for notice in notices(ENDPOINT, record, None):
            assert notice.event
            validator.validate(notice.event.detail)
