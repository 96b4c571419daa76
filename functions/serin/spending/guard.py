"""What does the spend guard do now, and why? The grade follows from what was seen and when it was resumed, alone: so
it makes no difference how often, how late and in which order that is told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from serin.spending.grade import Grade, grade_of, worst
from serin.spending.signal import Runaway, Signal, Source
from serin.spending.state import Spending, month_of

__all__ = ["Action", "Decision", "decide", "resume"]


class Action(StrEnum):
    """As the audit trail names it. PAGE is what a critical endpoint has instead of STOP."""

    HOLD = "spend-hold"
    NOTIFY = "spend-notify"
    FRUGAL = "spend-frugal"
    STOP = "spend-stop"
    PAGE = "spend-page"
    RESUME = "spend-resume"
    RESET = "spend-reset"


@dataclass(frozen=True)
class Decision:
    """Save `spending`, then make it so."""

    action: Action
    spending: Spending
    reason: str


def decide(spending: Spending, signals: tuple[Signal, ...], *, critical: bool, now: datetime) -> Decision:
    """One look; what is left to do after a month's reset is found by the next."""
    if spending.month < month_of(now):
        if spending.called is not Grade.NORMAL:
            return _reset(spending, now)
        spending = _of_month(spending, now)
    seen = _taken(spending, signals)
    called = _called(seen)
    grade = Grade.FRUGAL if critical and called is Grade.STOPPED else called
    # Who is over the budget already and runs away now changes no grade, and is news all the same to who goes on.
    news = spending.called is not Grade.STOPPED or (seen.runs_away and not spending.runs_away)
    paged = critical and called is Grade.STOPPED and news
    if not paged and (called, grade) == (spending.called, spending.grade):
        return Decision(Action.HOLD, seen, seen.why or "within its budget")
    action = Action.PAGE if paged else _ACTIONS[grade]
    reason = _reason(seen, signals, critical=critical)
    return _changed(replace(seen, called=called, grade=grade), action, reason, now)


def resume(spending: Spending, *, headroom: int, by: str, now: datetime, why: str = "") -> Decision:
    """A person lets it go on: `headroom` is in percent of the budget, on top of what is used; `why` in their words."""
    # Never from before what the person saw, though this machine's clock may be behind.
    at = max(one for one in (now, spending.since, spending.runaway_at) if one)
    base = {**spending.base, **spending.used}
    resumed = replace(spending, called=Grade.NORMAL, grade=Grade.NORMAL, resumed_at=at, base=base, headroom=headroom)
    limits = [f"{percent + headroom} % {_WHOSE[source]}" for source, percent in base.items()]
    reason = (
        f"resumed by {by}"
        + (f" ({why})" if why else "")
        + (f": grades count again above {', '.join(limits)}" if limits else "")
    )
    return _changed(resumed, Action.RESUME, reason, at)


_ACTIONS = {Grade.NORMAL: Action.RESUME, Grade.NOTIFIED: Action.NOTIFY, Grade.FRUGAL: Action.FRUGAL,
            Grade.STOPPED: Action.STOP}  # fmt: skip
_WHOSE = {Source.MODEL: "of its budget", Source.TEAM: "of its team's budget"}


def _reset(spending: Spending, now: datetime) -> Decision:
    fresh = replace(_of_month(spending, now), called=Grade.NORMAL, grade=Grade.NORMAL)
    return _changed(fresh, Action.RESET, f"a new month: {spending.month} ended as {spending.grade}", now)


def _of_month(spending: Spending, now: datetime) -> Spending:
    """What is used starts anew; what was reserved before is still to be restored."""
    return replace(spending, month=month_of(now), used={}, base={}, headroom=0, runaway_at=None, resumed_at=None)


def _taken(spending: Spending, signals: Iterable[Signal]) -> Spending:
    """With all that is of this month. A count never shrinks."""
    used, base, runaway_at = dict(spending.used), dict(spending.base), spending.runaway_at
    for signal in signals:
        if month_of(signal.at) != spending.month:
            continue
        if isinstance(signal, Runaway):
            runaway_at = max(runaway_at or signal.at, signal.at)
            continue
        before = spending.resumed_at is not None and signal.at <= spending.resumed_at
        for counts in (used, *((base,) if before else ())):
            counts[signal.source] = max(counts.get(signal.source, 0), signal.percent)
    return replace(spending, used=used, base=base, runaway_at=runaway_at)


def _called(spending: Spending) -> Grade:
    if spending.runs_away:
        return Grade.STOPPED
    return worst(map(grade_of, spending.over.values()))


def _reason(spending: Spending, signals: Iterable[Signal], *, critical: bool) -> str:
    parts = [f"{used} % {_WHOSE[source]} for {spending.month} used" for source, used in spending.over.items()
             if grade_of(used) is not Grade.NORMAL]  # fmt: skip
    if spending.runs_away:
        said = [one.said for one in signals if isinstance(one, Runaway) and one.said and one.at == spending.runaway_at]
        parts.insert(0, ": ".join(["too many requests a minute", *said[:1]]))
    goes_on = "; it is critical, and so goes on" if critical and _called(spending) is Grade.STOPPED else ""
    return ("; ".join(parts) or "within its budget") + goes_on


def _changed(spending: Spending, action: Action, reason: str, now: datetime) -> Decision:
    after = replace(spending, since=now, action=action.value, why=reason, pending=True)
    return Decision(action, after, reason)
