"""Do the deployed modules that take outcomes in and count them work on AWS's own events?"""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from serin.aws.dynamodb import Table
from serin.aws.outcome_table import OutcomeTable
from serin.aws.version_table import VersionTable
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.receipts import Signer
from serin.registry.records import AuditEntry, VersionRecord
from tests.unit.aws.stage import Aws, make_stage

EVENTS = Path(__file__).parents[2] / "events"
RING = Keyring(Key.new())
Handler = Callable[[dict[str, Any], object], Any]


def event(name: str, body: object = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return found if body is None else {**found, "body": json.dumps(body)}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("SERIN_STAGE", "dev")
    monkeypatch.setenv("SERIN_RECEIPT_SECRET", "receipts")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        aws = Aws()
        make_stage(aws)
        aws.client("secretsmanager").create_secret(Name="receipts", SecretString=RING.to_json())
        yield aws


def start(monkeypatch: pytest.MonkeyPatch, name: str) -> Handler:
    """A fresh init, as every sandbox has one."""
    monkeypatch.delitem(sys.modules, name, raising=False)
    handler: Handler = importlib.import_module(name).handler
    return handler


def receipt(score: float) -> str:
    signer = Signer(RING, model="flights", version=1, release="2")
    return signer.sign(int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000), 1, [score])


def test_outcomes_are_written_before_they_are_acknowledged(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample event's receipt is of nobody's key; ours counts once."""
    handler = start(monkeypatch, "outcomes")
    foreign = handler(event("outcomes-post"), None)
    assert foreign["statusCode"] == 202
    assert json.loads(foreign["body"])["rejected"][0]["index"] == 0
    one = {"outcomes": [{"receipt": receipt(0.75), "outcome": True}] * 2}
    answer = handler(event("outcomes-post", one), None)
    assert json.loads(answer["body"]) == {"accepted": 1, "repeated": 1, "rejected": []}
    (mark,) = OutcomeTable(Table(aws.client("dynamodb"), "table")).marks("flights")
    assert mark.version == 1


@pytest.mark.parametrize("body", [None, [], {"outcomes": []}, {"outcomes": [{}] * 101}])
def test_what_is_no_list_of_outcomes_is_a_400(aws: Aws, monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    """With how it is written."""
    answer = start(monkeypatch, "outcomes")(event("outcomes-not-a-list", body), None)
    assert answer["statusCode"] == 400
    assert "outcomes" in json.loads(answer["body"])["error"]


def test_counting_gives_sums_and_one_line_of_metrics(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing when nothing was touched since."""
    table = Table(aws.client("dynamodb"), "table")
    record = VersionRecord("flights", 1, "d", "a", 1, "m", "g", {}, "classification", "", "me")
    VersionTable(table).add(record, AuditEntry.of("flights", "register", "me", datetime.now(UTC)))
    items = [{"receipt": receipt(score), "outcome": late, "kpi": -2} for score, late in ((0.9, True), (0.2, False))]
    start(monkeypatch, "outcomes")(event("outcomes-post", {"outcomes": items}), None)
    handler = start(monkeypatch, "quality")
    assert handler(event("quality-schedule"), None) == {"flights": 1}
    line = next(json.loads(one) for one in capsys.readouterr().out.splitlines() if '"_aws"' in one)
    assert (line["Outcomes"], line["RealisedAuc"], line["KpiValue"]) == (2, 1.0, -2.0)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Model", "ModelVersion"]]
    declared = {one["Name"] for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert declared <= line.keys()
    (window,) = OutcomeTable(table).qualities("flights", 1).values()
    assert window["all"].n == 2
    assert handler(event("quality-schedule"), None) == {"flights": 0}
