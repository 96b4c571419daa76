"""Do the deployed modules that take outcomes in and count them work on AWS's own events?"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from serin.aws.dynamodb import Table
from serin.aws.outcome_table import OutcomeTable
from serin.aws.version_table import VersionTable
from serin.errors import NotReady
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.receipts import Signer
from serin.registry.records import AuditEntry, VersionRecord
from tests.handlers.deployed import EVENTS, event, start
from tests.unit.aws.stage import Aws

RING = Keyring(Key.new())
SAMPLE = json.loads((EVENTS / "outcomes-sqs.json").read_text())


def posted(name: str, body: object) -> dict[str, Any]:
    return {**event(name), "body": json.dumps(body)}


@pytest.fixture
def aws(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("SERIN_RECEIPT_SECRET", "receipts")
    aws.client("secretsmanager").create_secret(Name="receipts", SecretString=RING.to_json())
    return aws


def receipt(score: float, segment: str = "EWR") -> str:
    signer = Signer(RING, model="flights", version=1, release="2", segments=("origin",))
    an_hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    return signer.sign(an_hour_ago, 1, [score], [((segment,), None)])


def refused(said: str) -> list[int]:
    """What the lines of metrics say was refused."""
    lines = [json.loads(one) for one in said.splitlines() if '"OutcomesRefused"' in one]
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("Serin/dev", [[]])
    return [line["OutcomesRefused"] for line in lines]


def test_outcomes_are_written_before_they_are_acknowledged(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample event's receipt is of nobody's key, and is counted as refused; ours counts once."""
    handler = start(monkeypatch, "outcomes")
    foreign = handler(event("outcomes-post"), None)
    assert foreign["statusCode"] == 202
    assert json.loads(foreign["body"])["rejected"][0]["index"] == 0
    one = {"outcomes": [{"receipt": receipt(0.75), "outcome": True}] * 2}
    answer = handler(posted("outcomes-post", one), None)
    assert json.loads(answer["body"]) == {"accepted": 1, "repeated": 1, "rejected": []}
    (mark,) = OutcomeTable(Table(aws.client("dynamodb"), "table")).marks("flights")
    assert mark.version == 1
    assert refused(capsys.readouterr().out) == [1]


@pytest.mark.parametrize("body", [None, [], {"outcomes": []}, {"outcomes": [{}] * 101}])
def test_what_is_no_list_of_outcomes_is_a_400(aws: Aws, monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    """With how it is written."""
    answer = start(monkeypatch, "outcomes")(posted("outcomes-not-a-list", body), None)
    assert answer["statusCode"] == 400
    assert "outcomes" in json.loads(answer["body"])["error"]


def test_of_a_batch_only_what_was_not_written_comes_again(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Two good messages, a repeat, a forged one, no JSON, and one that DynamoDB does not take: over its 400 KB."""
    good, other, huge = receipt(0.75), receipt(0.25), receipt(0.5, "x" * 450_000)
    bodies = [
        {"outcomes": [{"receipt": good, "outcome": True}]},
        {"receipt": other, "outcome": False},
        {"receipt": good, "outcome": False},
        {"receipt": good[:-1] + ("A" if good[-1] != "A" else "B"), "outcome": True},
        {"receipt": huge, "outcome": True},
        {"outcomes": "all of them"},
    ]
    batch = event("outcomes-sqs")
    batch["Records"] = [
        {**batch["Records"][0], "messageId": str(at), "body": json.dumps(body)} for at, body in enumerate(bodies)
    ]
    handler, table = start(monkeypatch, "outcomes"), OutcomeTable(Table(aws.client("dynamodb"), "table"))
    for _ in range(2):  # SQS delivers at least once
        assert handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "4"}]}
        (mark,) = table.marks("flights")
        assert sorted((one.score, one.outcome) for one in table.outcomes(mark)) == [(250_000, False), (750_000, True)]
        assert refused(capsys.readouterr().out) == [2]
        assert [(one.levelname, one.__dict__["message_id"], one.getMessage()[:32]) for one in caplog.records] == [
            ("WARNING", "3", "outcome 0: the receipt is forged"),
            ("WARNING", "5", 'send {"outcomes": [{"receipt": …'),
            ("ERROR", "4", "not written, comes again"),
        ]
        caplog.clear()


def test_a_stage_without_keys_leaves_the_whole_batch_in_the_queue(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is refused for a fault of ours: not for a keyring that is none, nor for a directory that says nothing."""
    batch, everything = event("outcomes-sqs"), [{"itemIdentifier": one["messageId"]} for one in SAMPLE["Records"]]
    aws.client("secretsmanager").put_secret_value(SecretId="receipts", SecretString="spoilt")
    assert start(monkeypatch, "outcomes")(batch, None) == {"batchItemFailures": everything}
    aws.client("ssm").put_parameter(Name="/serin/dev/endpoints/flights", Value="{}", Overwrite=True)
    with pytest.raises(NotReady):
        start(monkeypatch, "outcomes")(batch, None)


def test_counting_gives_sums_and_one_line_of_metrics(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing when nothing was touched since."""
    table = Table(aws.client("dynamodb"), "table")
    record = VersionRecord("flights", 1, "d", "a", 1, "m", "g", {}, "classification", "", "me")
    VersionTable(table).add(record, AuditEntry.of("flights", "register", "me", datetime.now(UTC)))
    items = [{"receipt": receipt(score), "outcome": late, "kpi": -2} for score, late in ((0.9, True), (0.2, False))]
    start(monkeypatch, "outcomes")(posted("outcomes-post", {"outcomes": items}), None)
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
