"""Does `serin gc` show what it would do, do what it showed, and leave it on record?"""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import boto3
import pytest

from infra.cli.gc import _document, _pictures
from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.cost.code import Code
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry
from serin.rollout.leftovers import Judged, Kind
from tests.unit.aws.provisioned import with_provisioned_concurrency
from tests.unit.cli.conftest import Serin
from tests.unit.cli.test_rollout_commands import _said


@pytest.fixture
def serin(monkeypatch: pytest.MonkeyPatch, serin: Serin) -> Serin:
    with_provisioned_concurrency(monkeypatch)
    return serin


@pytest.fixture
def lived(serin: Serin) -> Serin:
    """Releases 2 to 6 were live one after the other, 6 is so now, 7 never was. An alarm of 4 was left over."""
    functions, cloudwatch = boto3.client("lambda"), boto3.client("cloudwatch")
    for number in range(2, 8):
        functions.update_function_configuration(
            FunctionName="f", Environment={"Variables": {"SERIN_MODEL_VERSION": str(number)}}
        )
        functions.publish_version(FunctionName="f")
        if number < 7:
            _moved(number - 1, number)
    functions.update_alias(FunctionName="f", Name="live", FunctionVersion="6")
    functions.put_provisioned_concurrency_config(FunctionName="f", Qualifier="3", ProvisionedConcurrentExecutions=2)
    for name in ("4.crashes", "live.crashes"):
        cloudwatch.put_metric_alarm(
            AlarmName=f"serin-dev.churn.{name}", MetricName="m", Namespace="n", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    return serin


def _moved(came: int, to: int) -> None:
    about = {"from": str(came), "to": str(to), "version": to}
    _trail().record(AuditEntry.of("churn", "deploy", "me", datetime.now(UTC), **about))


def _trail() -> AuditTable:
    return AuditTable(Table(boto3.client("dynamodb"), "table"))


def _left() -> tuple[set[str], list[str], list[str]]:
    functions = boto3.client("lambda")
    warm = functions.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"]
    return (
        {one["Version"] for one in functions.list_versions_by_function(FunctionName="f")["Versions"]},
        [one["FunctionArn"].rpartition(":")[2] for one in warm],
        [one["AlarmName"] for one in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]],
    )


def _names(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["kind"], row["name"]) for row in rows]


GOES = [
    ("provisioned concurrency", "3"), ("alarm", "serin-dev.churn.4.crashes"), ("release", "2"), ("release", "3"),
]  # fmt: skip


def test_it_shows_what_it_would_remove_and_removes_nothing(lived: Serin) -> None:
    """Each leftover with what it costs a month, and why it may go; what stays, with why it does."""
    before = _left()
    found = _said(lived("gc", "--days", "0", "--json"))
    assert _names(found["leftovers"]) == GOES
    assert [row["monthly_micro"] for row in found["leftovers"]] == [
        round(2 * 2_628_000 / 8 * 4.1667), 100_000, 0, 0,
    ]  # fmt: skip
    assert {row["name"]: row["reason"] for row in found["kept"]}["5"] == (
        "it was live before: a rollback goes back to it"
    )
    shown = lived("gc", "churn", "--days", "0").stdout
    assert "serin gc --yes removes them" in shown
    assert _left() == before


def test_young_releases_stay_by_default(lived: Serin) -> None:
    """Fourteen days: only the alarm, which guards nothing any more, may go."""
    found = _said(lived("gc", "--json"))
    assert _names(found["leftovers"]) == [("alarm", "serin-dev.churn.4.crashes")]


def test_with_yes_it_does_what_it_showed_and_no_more_the_second_time(lived: Serin) -> None:
    """The audit trail says what and why; a second run finds nothing."""
    assert _names(_said(lived("gc", "--days", "0", "--yes", "--json"))["removed"]) == GOES
    assert _left() == ({"$LATEST", "1", "4", "5", "6", "7"}, [], ["serin-dev.churn.live.crashes"])
    entries = [one.details for one in _trail().of("churn", ["gc"])]
    assert [(one["did"], one["name"]) for one in entries] == [("REMOVE", name) for _, name in GOES]
    assert "was last live on" in entries[-1]["reason"]
    assert _said(lived("gc", "--days", "0", "--yes", "--json"))["removed"] == []
    assert "Nothing was left over." in lived("gc", "--days", "0", "--yes").stdout


def test_savings_are_not_guessed_where_prices_are_not_known() -> None:
    """What is left over is shown all the same, in a region that the price table does not have."""
    uses = {Code.SNAP_START_CACHE: Fraction(1)}
    found = [(Endpoint("churn", "dev", "g", "f", "live", "b", "t", "u"), Judged(Kind.RELEASE, "2", True, "old", uses))]
    assert _document(found, None, done=False)["leftovers"] == [
        {"model": "churn", "kind": "release", "name": "2", "reason": "old", "monthly_micro": None}
    ]
    assert list(_pictures(found, None, done=False))[-1] == ("[bold]1 leftover.[/bold] serin gc --yes removes them.")
