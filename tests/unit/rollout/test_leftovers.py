"""What may go, and does everything that anybody could still need stay?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.cost.code import Code
from serin.cost.prices import Prices
from serin.idle.warm import Warm
from serin.registry.records import AuditEntry
from serin.rollout.cliffs import AlarmName
from serin.rollout.guardrails import ERRORS
from serin.rollout.history import last_live
from serin.rollout.holdings import Holdings, Published
from serin.rollout.leftovers import Judged, Kind, Rules, leftovers
from serin.rollout.plan_text import parse_plan
from serin.rollout.release import Alias
from serin.rollout.state import Rollout
from tests.unit.rollout.looks import T0

RULES = Rules(days=14, last=3)


def ago(days: int) -> datetime:
    return T0 - timedelta(days=days)


def published(number: int, days: int = 100, *, snapshot: bool = True, serves: int | None = 1) -> Published:
    return Published(number, ago(days), serves, 1024, "arm64", snapshot)


def moved(came: int, to: int, action: str = "deploy", days: int = 90) -> AuditEntry:
    return AuditEntry.of("churn", action, "me", ago(days), **{"from": str(came), "to": str(to)})


def rollout(candidate: int, previous: int) -> Rollout:
    plan = parse_plan("5,50@3m+min=500+deadline=2h")
    return Rollout.start("01", "churn", candidate, previous, plan, (ERRORS,), "me", T0)


def of_releases(found: Iterable[Judged]) -> dict[int, Judged]:
    return {int(one.name): one for one in found if one.kind is Kind.RELEASE}


def going(holdings: Holdings, rules: Rules = RULES) -> set[int]:
    return {number for number, one in of_releases(leftovers(holdings, rules, T0)).items() if one.goes}


SIX = tuple(published(number, serves=None if number == 1 else number) for number in range(1, 8))
HISTORY = tuple(moved(number, number + 1, days=80 - number) for number in range(1, 6))
"""From 1 to 6, one after the other; 7 was published and never live."""


def test_old_releases_go_and_each_decision_says_why() -> None:
    """Live, the one before, the stack's own, the newest and the last three stay, each with its own reason."""
    found = of_releases(leftovers(Holdings(Alias("6"), SIX, moves=HISTORY), RULES, T0))
    assert {number: one.reason for number, one in found.items()} == {
        1: "the stack has made it, and its template names it",
        2: "it was published 100 days ago, and was last live on 2025-10-15",
        3: "it was published 100 days ago, and was last live on 2025-10-16",
        4: "it is one of the last 3 that were live",
        5: "it was live before: a rollback goes back to it",
        6: "it is live",
        7: "it is the newest",
    }
    assert {number for number, one in found.items() if one.goes} == {2, 3}


def test_temporary_releases_go_whatever_their_age() -> None:
    """Two hours after they were published, for a tune may still run; not while an alias leads to one. The newest of
    the others stays the newest."""
    now = replace(published(9), at=T0 - timedelta(minutes=90), trial=True)
    old, led = (replace(published(number), at=T0 - timedelta(hours=3), trial=True) for number in (8, 10))
    holdings = Holdings(Alias("6"), (*SIX, old, now, led), others={"mine": Alias("10")}, moves=HISTORY)
    found = of_releases(leftovers(holdings, RULES, T0))
    assert {number: (found[number].goes, found[number].reason) for number in (7, 8, 9, 10)} == {
        7: (False, "it is the newest"),
        8: (True, "serin tune made it to measure it, and did not come to its end"),
        9: (False, "serin tune may still be using it"),
        10: (False, "the alias mine points to it"),
    }


def test_a_snapshot_saves_what_the_price_table_says() -> None:
    """1 GB for a month of 2,628,000 s; without SnapStart nothing but a place."""
    kept = leftovers(Holdings(Alias("6"), SIX, moves=HISTORY), RULES, T0)
    assert of_releases(kept)[2].uses == {Code.SNAP_START_CACHE: 2_628_000}
    assert sum(Prices.of("us-east-1").cost(of_releases(kept)[2].uses).values()) == round(2_628_000 * 1.5046)
    plain = Holdings(Alias("6"), (published(2, snapshot=False), published(6)), moves=HISTORY)
    assert of_releases(leftovers(plain, RULES, T0))[2].uses == {}


@pytest.mark.parametrize(
    ("holdings", "reason"),
    [
        (Holdings(Alias("6", weights={"2": 0.05}), SIX, moves=HISTORY), "it has 5% of the traffic"),
        (Holdings(Alias("6"), SIX, {"shadow": Alias("2")}, moves=HISTORY), "the alias shadow points to it"),
        (Holdings(Alias("6"), SIX, moves=HISTORY, rollout=rollout(2, 6)), "it is being rolled out"),
        (Holdings(Alias("2"), SIX, moves=HISTORY), "it is live"),
        (Holdings(Alias("6"), (published(2, 13), *SIX[2:]), moves=HISTORY),
         "it was published 13 days ago: what is younger than 14 days stays"),
    ],
)  # fmt: skip
def test_what_somebody_may_need_stays(holdings: Holdings, reason: str) -> None:
    """Traffic, another alias, a rollout, and what is young: even where the history speaks for its removal."""
    found = of_releases(leftovers(holdings, RULES, T0))[2]
    assert (found.goes, found.reason) == (False, reason)


def test_a_move_that_is_not_recorded_yet_protects_both_ways_back() -> None:
    """A rollback from 6 to 5 died before its audit: 6 is next to go back to now, and 4 once it is recorded."""
    assert not {4, 5, 6} & going(Holdings(Alias("5"), SIX, moves=HISTORY), Rules(0, 0))


def test_warm_sandboxes_go_where_nobody_is_sent() -> None:
    """On an alias they are somebody's wish, and so they are on a release that has traffic."""
    warm = (Warm("live", 2, ago(40)), Warm("6", 1, ago(40)), Warm("2", 3, ago(40)), Warm("3", 1, ago(1)))
    found = leftovers(Holdings(Alias("6"), SIX, warm=warm, moves=HISTORY), RULES, T0)
    assert [(one.name, one.goes) for one in found if one.kind is Kind.WARM] == [
        ("live", False), ("6", False), ("2", True), ("3", False),
    ]  # fmt: skip
    (two,) = [one for one in found if one.kind is Kind.WARM and one.goes]
    assert two.uses == {Code.PROVISIONED_ARM64: 3 * 2_628_000}
    kinds = [one.kind for one in found if one.goes]
    assert kinds == sorted(kinds, key=list(Kind).index)


def test_alarms_of_ended_rollouts_go() -> None:
    """The endpoint's own stay, and those of the candidate; one of 10 s costs three times as much."""
    names = [AlarmName("dev", "churn", release, kind) for release in ("live", "4", "6") for kind in ("crashes",)]
    names.append(AlarmName("dev", "churn", "4", "failures"))
    found = leftovers(Holdings(Alias("5"), SIX, alarms=tuple(names), rollout=rollout(6, 5)), RULES, T0)
    assert {one.name: one.uses for one in found if one.kind is Kind.ALARM and one.goes} == {
        "serin-dev.churn.4.crashes": {Code.ALARM: Fraction(1)},
        "serin-dev.churn.4.failures": {Code.FAST_ALARM: Fraction(1)},
    }


def test_the_last_that_were_live_are_told_by_when_they_were_so_last() -> None:
    """Going back makes a release the last one again."""
    moves = (moved(1, 2, days=9), moved(2, 3, days=8), moved(3, 2, "rollback", days=7))
    assert list(last_live(moves)) == ["2", "3", "1"]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[str], list[AuditEntry]]:
    """What was live, as it would be gone back through, and what was recorded: perhaps all but the last move."""
    moves, stack = [], ["1"]
    for step in range(draw(st.integers(0, 12))):
        came, back = stack[-1], len(stack) > 1 and draw(st.booleans())
        if back:
            stack.pop()
        else:
            stack.append(str(draw(st.integers(1, 9).filter(lambda to: str(to) != came))))  # noqa: B023 - drawn at once
        moves.append(moved(int(came), int(stack[-1]), "rollback" if back else "deploy", days=90 - step))
    return stack, moves[:-1] if draw(st.booleans()) else moves


@given(
    histories(), st.integers(0, 80), st.integers(0, 5), st.integers(1, 15), st.integers(1, 15), st.integers(0, 100)
)  # fmt: skip
def test_whatever_the_history_live_the_one_before_and_what_is_under_way_survive(
    history: tuple[list[str], list[AuditEntry]], days: int, last: int, weighted: int, candidate: int, percent: int
) -> None:
    """For any moves, recorded or not, any rules, any weights and any rollout."""
    stack, moves = history
    live = stack[-1]
    versions = tuple(published(number, days=15 * (number % 5), serves=number) for number in range(1, 16))
    weights = {str(weighted): percent / 100} if str(weighted) != live else {}
    under_way = rollout(candidate, int(live)) if str(candidate) != live else None
    holdings = Holdings(Alias(live, weights=weights), versions, moves=tuple(moves), rollout=under_way)
    gone = going(holdings, Rules(days, last))
    needed = {int(live), *map(int, weights), candidate, *map(int, list(last_live(moves))[:last])}
    if moves and len(stack) > 1:
        needed.add(int(stack[-2]))
    assert not gone & {*needed, 15}
    assert all(versions[number - 1].at <= T0 - timedelta(days=days) for number in gone)
