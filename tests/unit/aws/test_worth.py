"""Are outcomes in the table read as slices of both releases? Against moto, with real boto3."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from serin.aws.dynamodb import Table
from serin.aws.outcome_table import OutcomeTable
from serin.aws.rollout_table import RolloutTable
from serin.aws.worth import Worth
from serin.outcomes.judge import Outcome
from serin.outcomes.tally import Mark
from serin.registry.records import AuditEntry
from serin.rollout.guardrails import ERRORS
from serin.rollout.kpi import parse_kpi
from serin.rollout.moves import advance
from serin.rollout.phases import Phase
from serin.rollout.plan_text import parse_plan
from serin.rollout.slices import Earned, Slice
from serin.rollout.state import Rollout
from serin.rollout.weigh import weigh
from tests.unit.aws.stage import ENDPOINT, Aws

T0 = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KPI = parse_kpi("kpi:dollars:-100..0:5")


@pytest.fixture
def outcomes(aws: Aws) -> OutcomeTable:
    return OutcomeTable(Table(aws.client("dynamodb"), "table"))


def _canary(version: int = 4) -> Rollout:
    """Release 2 (flights@4) beside release 1 (flights@3) since 8:40."""
    rollout = Rollout.start(
        "01R", "flights", 2, 1, parse_plan("5,50"), (ERRORS, KPI), "me", T0, version=version, previous_version=3
    )
    return replace(advance(rollout, T0 + 10 * MINUTE, "serin", "smoke")[1], confirmed=True)


def _told(table: OutcomeTable, minute: float, release: str, dollars: int | None, version: int | None = None) -> bool:
    at = T0 + minute * MINUTE
    kpi = {} if dollars is None else {"dollars": dollars * 1_000_000, "value": 1}
    number = version or (3 if release == "1" else 4)
    return table.add(Outcome(f"r{minute}-{release}-{dollars}", 0, "flights", number, release, at, True, kpi=kpi))


def test_slices_hold_what_each_release_earned(outcomes: OutcomeTable) -> None:
    """By the time of the prediction, cut at the hour and at the move; without other releases and other KPIs."""
    for minute, release, dollars in (
        (-1, "1", -9), (5, "1", -1), (15, "1", -2), (15, "2", -3), (29.9, "2", -400), (30, "1", -5), (31, "2", None),
        (16, "9", -7), (500, "2", -8), (45, "2", -8),
    ):  # fmt: skip
        assert _told(outcomes, minute, release, dollars)
    assert not _told(outcomes, 15, "2", -3), "the first word counts"
    slices = Worth(outcomes).slices(ENDPOINT, _canary(), KPI, T0 + 40 * MINUTE)
    assert [(one.start - T0) / MINUTE for one in slices] == [0, 10, 30]
    assert [(one.control, one.candidate) for one in slices] == [
        (_earned(-1), Earned()), (_earned(-2), _earned(-3, -400)), (_earned(-5), Earned()),
    ]  # fmt: skip
    assert slices[1].candidate.clipped == 1


def _earned(*dollars: int) -> Earned:
    total = Earned()
    for one in dollars:
        total += Earned.of(one * 1_000_000, KPI)
    return total


def test_two_releases_of_one_version_are_told_apart(outcomes: OutcomeTable) -> None:
    """New code around the same model: its outcomes are read once."""
    _told(outcomes, 15, "1", -2), _told(outcomes, 15, "2", -3, version=3)
    (_, one) = Worth(outcomes).slices(ENDPOINT, _canary(version=3), KPI, T0 + 20 * MINUTE)
    assert (one.control, one.candidate) == (_earned(-2), _earned(-3))


class Asked:
    """An outcome table that remembers which hours were asked for."""

    def __init__(self) -> None:
        self.hours: list[str] = []

    def outcomes(self, mark: Mark) -> Iterator[Outcome]:
        self.hours.append(f"{mark.version}#{mark.hour}")
        return iter(())


def test_old_hours_are_read_in_turn(aws: Aws) -> None:
    """Two new and four old ones a look; all 72 within 18 minutes."""
    asked = Asked()
    worth, now = Worth(asked), T0 + 200 * HOUR  # type: ignore[arg-type]
    assert len(worth.slices(ENDPOINT, _canary(), KPI, now)) == len(asked.hours) / 2 == 6
    for minute in range(1, 18):
        worth.slices(ENDPOINT, _canary(), KPI, now + minute * MINUTE)
    assert len(set(asked.hours)) == 2 * 72
    assert all(len(worth.slices(ENDPOINT, _canary(), KPI, now + n * MINUTE)) <= 6 for n in range(60))


def test_what_was_weighed_comes_back_from_its_record(aws: Aws, outcomes: OutcomeTable) -> None:
    """Through DynamoDB's types; a late outcome then counts once."""
    for minute in range(11, 20):
        _told(outcomes, minute, "1", -2), _told(outcomes, minute, "2", -3)
    table, now = RolloutTable(Table(aws.client("dynamodb"), "table")), T0 + 30 * MINUTE
    table.start(_canary(), AuditEntry.of("flights", "rollout", "me", T0))
    stored = table.active("flights")
    assert stored
    seen = _weighed(stored.rollout, Worth(outcomes).slices(ENDPOINT, stored.rollout, KPI, now), now)
    table.save(stored, seen, [])
    again = table.active("flights")
    assert again
    assert again.rollout == seen
    assert (again.rollout.kpis[0].candidate, again.rollout.phase) == (_earned(*[-3] * 9), Phase.CANARY)
    _told(outcomes, 12.5, "1", -2), _told(outcomes, 12.5, "2", -9)
    late = now + 5 * HOUR
    after = _weighed(again.rollout, Worth(outcomes).slices(ENDPOINT, again.rollout, KPI, late), late)
    assert after.kpis[0].candidate == _earned(*[-3] * 9, -9)
    assert after.kpis[0].harm.looks == 1


def _weighed(rollout: Rollout, slices: tuple[Slice, ...], now: datetime) -> Rollout:
    return weigh(rollout, {KPI.name: slices}, now)
