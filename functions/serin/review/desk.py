"""Who may do what with a review, and which one is next? Each answer is the case as it is afterwards, or a refusal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import orjson

from serin.errors import Conflict, NotFound
from serin.registry.records import timestamp
from serin.review.case import Case, Decision, State

__all__ = ["LEASE", "decide", "late", "next_of", "take"]

LEASE = timedelta(minutes=30)
"""So long a review is kept for whoever took it."""


def next_of(cases: Sequence[Case], now: datetime) -> Case:
    """The most urgent of those that nobody has in hand. Raises NotFound where there is none."""
    free = [case for case in cases if case.state(now) is State.OPEN]
    if not free:
        taken = sum(case.state(now) is State.TAKEN for case in cases)
        raise NotFound(f"Nothing waits for a review{f': {taken} in the hands of others' if taken else ''}.")
    return min(free, key=lambda case: (case.deadline, case.id))


def take(case: Case, by: str, now: datetime) -> Case:
    """For the lease from now on. Raises Conflict where it is decided, or in somebody else's hands."""
    _check(case, by, now)
    if case.decision is not None:
        raise Conflict(f"{case.id} is decided: {_said(case.decision)}.")
    return replace(case, holder=by, until=now + LEASE)


def decide(case: Case, decision: Decision) -> Case:
    """The same word again changes nothing: who died after it says it again, to bring it to its end.

    Raises Conflict where another word was first, or somebody else has it in hand.
    """
    known = case.decision
    if known is None:
        _check(case, decision.by, decision.at)
        return replace(case, decision=decision)
    same = type(known.outcome) is type(decision.outcome) and known.outcome == decision.outcome
    if not same or dict(known.kpi) != dict(decision.kpi):
        raise Conflict(f"The first word on {case.id} counts: {_said(known)}.")
    return case


def late(cases: Sequence[Case], now: datetime) -> tuple[Case, ...]:
    """Those that are overdue without their owners' knowing it."""
    return tuple(case for case in cases if case.is_overdue(now) and not case.told)


def _check(case: Case, by: str, now: datetime) -> None:
    if case.until is not None and case.state(now) is State.TAKEN and case.holder != by:
        raise Conflict(f"{case.id} is in the hands of {case.holder} until {timestamp(case.until)}.")


def _said(decision: Decision) -> str:
    worth = "".join(f", {name}={value:g}" for name, value in sorted(decision.kpi.items()))
    return f"{decision.by} said {orjson.dumps(decision.outcome).decode()}{worth} at {timestamp(decision.at)}"
