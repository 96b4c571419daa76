"""A rollout and what a controller may see of it, with few words."""

from datetime import UTC, datetime, timedelta

from serin.rollout.decide import Decision, decide
from serin.rollout.evidence import Alarm, Arms, Command, Evidence, Smoke, Window
from serin.rollout.guardrails import ERRORS, INVALID_OUTPUT
from serin.rollout.plan_text import parse_plan
from serin.rollout.release import Alias
from serin.rollout.state import Rollout
from serin.stats.counts import Counts

T0 = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PASSED = Smoke(release=2, passed=True)


def started(plan: str = "5,50@3m+min=500+deadline=2h") -> Rollout:
    return Rollout.start("01R", "churn", 2, 1, parse_plan(plan), (ERRORS, INVALID_OUTPUT), "me", T0)


def window(minute: int, *, candidate: tuple[int, int], control: tuple[int, int] = (0, 4000)) -> Window:
    """(bad, total) of each arm, the same for both guardrails."""
    arms = Arms(Counts(*control), Counts(*candidate))
    return Window(T0 + minute * MINUTE, T0 + (minute + 1) * MINUTE, {"errors": arms, "invalid_output": arms})


def look(
    rollout: Rollout,
    minute: int,
    *windows: Window,
    live: Alias | None = None,
    smoke: Smoke | None = PASSED,
    alarms: tuple[Alarm, ...] = (),
    commands: tuple[Command, ...] = (),
) -> Decision:
    """`live` is where it is wanted unless told otherwise."""
    return decide(rollout, Evidence(windows, alarms, live or rollout.wanted, smoke, commands), T0 + minute * MINUTE)


def at_first_step() -> Rollout:
    """At 5 % since minute 1, and seen there."""
    return look(look(started(), 1).rollout, 1).rollout


def healthy(first: int, last: int) -> tuple[Window, ...]:
    return tuple(window(minute, candidate=(0, 400)) for minute in range(first, last))
