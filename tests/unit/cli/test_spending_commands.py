"""What do people see of a spend guard that acted, and what may they do about it?"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.aws.rollout_table import RolloutTable
from serin.aws.spending_table import SpendingTable
from serin.spending.grade import Grade
from serin.spending.guard import decide
from serin.spending.signal import Source, Spent
from serin.spending.state import Reserved, Spending
from tests.unit.cli.conftest import Serin
from tests.unit.cli.test_rollout_commands import _said, _settings, rolling
from tests.unit.registry import folders

__all__ = ["rolling"]  # the fixture


def spendings() -> SpendingTable:
    return SpendingTable(Table(boto3.client("dynamodb"), "table"))


def used(percent: int, reserved: int | None = None) -> None:
    """The guard has seen so much, and has done what it does."""
    now = datetime.now(UTC)
    fresh = Spending("churn", f"{now:%Y-%m}")
    found = decide(fresh, (Spent(Source.MODEL, percent, now),), critical=False, now=now).spending
    spendings().save(replace(found, pending=False, saved=Reserved(reserved)))


@pytest.fixture
def guarded(serin: Serin) -> Serin:
    """With a guard, which nobody wakes here: moto runs no functions."""
    _settings(guard="serin-dev-shutdown", approvers=["arn:aws:sts::*:user/moto"])
    return serin


def test_a_resume_is_recorded_with_its_headroom_and_its_author(guarded: Serin) -> None:
    """On the audit trail too; a second one has nothing to do."""
    used(104)
    found = _said(guarded("resume", "churn", "--headroom", 10, "--json"))
    assert found["spending"]["grade"] == "NORMAL"
    assert found["spending"]["reason"].endswith("user/moto: grades count again above 114 % of its budget")
    assert found["spending"]["restored"] is False
    (entry,) = AuditTable(Table(boto3.client("dynamodb"), "table")).of("churn")
    assert (entry.action, entry.actor) == ("spend-resume", "arn:aws:sts::123456789012:user/moto")
    assert "There is nothing to resume of churn" in _said(guarded("resume", "churn", "--json"), 5)["error"]


def test_only_an_approver_lets_it_go_on(guarded: Serin) -> None:
    """Whoever may pause rollouts can't overspend by it."""
    used(100)
    _settings(approvers=["arn:aws:sts::*:user/ann"])
    assert "is no approver of churn: ask a." in _said(guarded("resume", "churn", "--json"), 10)["error"]
    found = spendings().get("churn")
    assert found
    assert found.grade is Grade.STOPPED


def test_a_resume_lets_the_paused_rollout_go_on_as_well(rolling: Serin, guarded: Serin) -> None:
    """Both are said; without a spend guard's stop it is the rollout alone."""
    rollouts = RolloutTable(Table(boto3.client("dynamodb"), "table"))
    stored = rollouts.active("churn")
    assert stored
    rollouts.save(stored, replace(stored.rollout, paused=True), [])
    used(91)
    found = _said(rolling("resume", "churn", "--json"))
    assert (found["spending"]["grade"], found["phase"]) == ("NORMAL", "SMOKE")
    commands = [item["ask"]["S"] for item in boto3.client("dynamodb").scan(TableName="table")["Items"] if "ask" in item]
    assert commands == ["resume"]
    assert "spending" not in _said(rolling("resume", "churn", "--json"))


def test_without_a_guard_it_is_said_how_to_restore_by_hand(serin: Serin) -> None:
    """Whose last budget was taken out of cdk.json while an endpoint was stopped."""
    _settings(approvers=["*"])
    used(100, reserved=7)
    said = _said(serin("resume", "churn", "--json"), 6)["error"]
    assert "aws lambda put-function-concurrency --function-name f --reserved-concurrent-executions 7." in said


def test_a_guard_that_can_not_be_woken_acts_later(serin: Serin) -> None:
    """The wish is recorded; what is left is said."""
    _settings(guard="serin-dev-shutdown", approvers=["*"])
    used(100)
    done = serin("resume", "churn")
    assert done.exit_code == 0
    assert "acts within five minutes" in done.stderr
    found = spendings().get("churn")
    assert found
    assert (found.grade, found.pending) == (Grade.NORMAL, True)


def test_a_deploy_to_a_stopped_endpoint_is_refused_with_what_to_do(guarded: Serin, tmp_path: Path) -> None:
    """No smoke test would get an answer; a frugal endpoint takes it."""
    guarded("register", folders.write_folder(tmp_path / "m"))
    used(100)
    refused = _said(guarded("deploy", "churn@1", "--json"), 6)["error"]
    assert "churn is STOPPED by its spend guard since" in refused
    assert "serin resume churn" in refused


@pytest.mark.parametrize(("percent", "shown"), [(20, None), (80, "NOTIFIED"), (90, "FRUGAL"), (100, "STOPPED")])
def test_status_shows_a_grade_that_is_not_normal(serin: Serin, percent: int, shown: str | None) -> None:
    """For programs, and in a sentence with what to do."""
    used(percent)
    (row,) = _said(serin("status", "--json"))["endpoints"]
    said = serin("status", "churn").stdout
    if shown is None:
        assert (row["spending"], "spend guard" in said) == (None, False)
        return
    assert (row["spending"]["grade"], row["spending"]["used"]) == (shown, {"model": percent})
    assert f"churn is {shown} by its spend guard" in said
    assert ("serin resume churn" in said) == (percent >= 90)
    json.dumps(row)
