"""Does the deployed spend guard work on AWS's own events, from its environment to the function's concurrency?"""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft7Validator

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.aws.spending_table import SpendingTable, asks_frugality
from serin.errors import Conflict, NotFound, SerinError
from serin.registry.endpoints import Budget, parameter_name
from serin.spending.enforce import audit
from serin.spending.grade import Grade
from serin.spending.guard import Action, resume
from serin.spending.notice import notice
from serin.spending.signal import Source
from serin.spending.state import Spending
from tests.handlers import test_rollout_handlers as rollout_handlers
from tests.handlers.deployed import event, start
from tests.unit.aws.stage import ENDPOINT, Aws

NOW = datetime.now(UTC)


def now_event(name: str) -> dict[str, Any]:
    """The sample, as if it came now."""
    found, at = event(name), NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if "Records" in found:
        found["Records"][0]["Sns"]["Timestamp"] = at
    else:
        found["detail"]["state"]["timestamp"] = at
    return found


def spendings(aws: Aws) -> SpendingTable:
    return SpendingTable(Table(aws.client("dynamodb"), "table"))


def reserved(aws: Aws) -> int | None:
    found: dict[str, Any] = aws.client("lambda").get_function_concurrency(FunctionName=ENDPOINT.function)
    return found.get("ReservedConcurrentExecutions")


def settings(aws: Aws, **more: Any) -> None:
    document = {**asdict(replace(ENDPOINT, **more)), "plans": []}
    aws.client("ssm").put_parameter(
        Name=parameter_name("dev", "flights"), Value=json.dumps(document), Type="String", Overwrite=True
    )


@pytest.mark.parametrize("name", ["shutdown-alarm", "shutdown-runaway", "shutdown-budgets"])
def test_an_event_stops_the_endpoint_once(aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An alarm on the budget or on the rate, or AWS Budgets about the team; the same again changes nothing."""
    handler = start(monkeypatch, "shutdown")
    for _ in range(2):
        assert handler(now_event(name), None) == {"flights": "STOPPED"}
    assert reserved(aws) == 0
    (entry,) = AuditTable(Table(aws.client("dynamodb"), "table")).of("flights")
    assert (entry.action, entry.actor, entry.details["grade"]) == ("spend-stop", "serin", "STOPPED")
    assert asks_frugality("table", "flights")()


@pytest.mark.parametrize("name", ["shutdown-alarm", "shutdown-runaway", "shutdown-budgets", "shutdown-schedule"])
def test_old_news_and_a_schedule_change_nothing(aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The samples are of a month long past."""
    assert start(monkeypatch, "shutdown")(event(name), None) == {"flights": "NORMAL"}
    assert (reserved(aws), spendings(aws).get("flights")) == (None, None)
    assert not asks_frugality("table", "flights")()


@pytest.mark.parametrize("there", [None, 7])
def test_a_resume_restores_what_was_there(aws: Aws, monkeypatch: pytest.MonkeyPatch, there: int | None) -> None:
    """The record says so, and the function that is woken does it; the alarm that stopped it stops it no more."""
    if there is not None:
        aws.client("lambda").put_function_concurrency(
            FunctionName=ENDPOINT.function, ReservedConcurrentExecutions=there
        )
    handler = start(monkeypatch, "shutdown")
    handler(now_event("shutdown-runaway"), None)
    stopped = spendings(aws).get("flights")
    assert stopped
    decision = resume(stopped, headroom=25, by="ann", now=datetime.now(UTC))
    spendings(aws).save(decision.spending, audit(decision, "ann"))
    with pytest.raises(Conflict):
        spendings(aws).save(decision.spending)
    assert reserved(aws) == 0
    assert handler(event("shutdown-nudge"), None) == {"flights": "NORMAL"}
    assert handler(now_event("shutdown-runaway"), None) == {"flights": "NORMAL"}
    assert reserved(aws) == there
    found = spendings(aws).get("flights")
    assert found
    assert (found.pending, found.why) == (False, "resumed by ann")


def test_a_candidate_is_taken_back_from_a_stopped_endpoint(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its guard keeps nobody from moving the alias; and the rollback leaves the concurrency alone."""
    rollout_handlers.canary(aws)
    start(monkeypatch, "shutdown")(now_event("shutdown-runaway"), None)
    said = start(monkeypatch, "rollback")(event("rollback-candidate-alarm"), None)
    assert said.startswith("rolled back from 25 % to release 3")
    assert (rollout_handlers.live(aws), reserved(aws)) == (("3", {}), 0)
    assert "not an alarm" in start(monkeypatch, "rollback")(now_event("shutdown-runaway"), None)
    assert start(monkeypatch, "shutdown")(event("rollback-candidate-alarm"), None) == {"flights": "STOPPED"}


def test_a_red_alarm_is_seen_though_its_event_was_lost(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the schedule's look, which takes no other alarm for red; and the ledger's word says how much is used."""
    settings(aws, budget=Budget(monthly_usd=40), team_budget_usd=100)
    cloudwatch = aws.client("cloudwatch")
    for kind in ("80", "90", "100", "runaway"):
        cloudwatch.put_metric_alarm(
            AlarmName=f"serin-dev-spend.{kind}.model.flights", MetricName="BudgetUsed", Namespace="Serin/dev",
            Period=60, EvaluationPeriods=1, Threshold=90, ComparisonOperator="GreaterThanOrEqualToThreshold",
            Statistic="Maximum",
        )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="serin-dev-spend.80.model.flights", StateValue="ALARM", StateReason="x")
    for minutes, name, value in ((9, "flights", 87.9), (4, "flights", 91.5), (4, "operations", 40.0)):
        cloudwatch.put_metric_data(
            Namespace="Serin/dev",
            MetricData=[
                {
                    "MetricName": "BudgetUsed",
                    "Dimensions": [{"Name": "Model" if name == "flights" else "Team", "Value": name}],
                    "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes),
                    "Value": value,
                }
            ],
        )
    assert start(monkeypatch, "shutdown")(event("shutdown-schedule"), None) == {"flights": "FRUGAL"}
    found = spendings(aws).get("flights")
    assert found
    assert found.used == {Source.MODEL: 91, Source.TEAM: 40}
    assert reserved(aws) is None


def test_one_endpoint_that_fails_does_not_keep_the_others_waiting(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the failure is raised in the end, so that EventBridge tries again."""
    other = json.dumps({**asdict(replace(ENDPOINT, model="broken", table="nowhere")), "plans": []})
    aws.client("ssm").put_parameter(Name="/serin/dev/endpoints/broken", Value=other, Type="String")
    with pytest.raises(NotFound):
        start(monkeypatch, "shutdown")(now_event("shutdown-budgets"), None)
    assert reserved(aws) == 0


def test_drift_jobs_wait_while_an_endpoint_saves(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Skipped with a line in the log; notified endpoints are looked at."""
    handler, month = start(monkeypatch, "drift"), f"{NOW:%Y-%m}"
    stored = spendings(aws).save(Spending("flights", month, Grade.NOTIFIED, Grade.NOTIFIED))
    assert handler(event("drift-schedule"), None) == {"flights": []}
    spendings(aws).save(replace(stored, grade=Grade.FRUGAL))
    assert handler(event("drift-schedule"), None) == {}
    assert "skipped, to save" in caplog.messages


def test_a_sandbox_without_a_table_gets_an_error_and_no_answer(aws: Aws) -> None:
    """Which capture takes for: go on as before."""
    with pytest.raises(SerinError):
        asks_frugality("nowhere", "flights")()


def test_the_event_on_the_bus_fits_its_schema() -> None:
    """The sample in events/, and what the library makes for every action."""
    validator = Draft7Validator(event("spend-state-changed.schema"))
    validator.validate(event("spend-state-changed")["detail"])
    for action in set(Action) - {Action.HOLD}:
        spending = Spending("flights", "2026-01", since=NOW, action=action.value, used={Source.TEAM: 93})
        told = notice(ENDPOINT, spending)
        assert told.event
        validator.validate(told.event.detail)
        assert told.roles
