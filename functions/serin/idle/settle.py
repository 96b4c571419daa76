"""Pause what an idle endpoint costs, and resume it with its first request: decide, record, make it so, confirm.

Level-triggered: a look that died anywhere is finished by the next, and one that comes twice or beside another changes
nothing in the end. What is paused can be had again; nothing is deleted here.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from serin.errors import BadRequest, Conflict, NotFound, SerinError
from serin.idle.idleness import Action, Decision, Idleness, decide
from serin.idle.warm import Warm
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry, timestamp

__all__ = ["Pauses", "settle", "settle_all"]

_PASSES = 5
_DAY = timedelta(days=1)
_WATCHED = timedelta(minutes=10)
"""For so long after a resume it is made sure of again: a look that paused it may still be at work."""


class Records(Protocol):
    """Which endpoints are idle."""

    def get(self, model: str) -> Idleness | None: ...

    def save(self, idleness: Idleness, audit: AuditEntry | None = None) -> Idleness:
        """Together; as it is stored then. Raises Conflict when it was changed since it was read."""


class Schedules(Protocol):
    """Rules that wake functions."""

    def disable(self, rule: str) -> None: ...

    def enable(self, rule: str) -> None: ...


class Warmth(Protocol):
    """Provisioned concurrency of a function."""

    def warm(self, function: str) -> Iterable[Warm]: ...

    def cool(self, function: str, qualifier: str) -> None: ...

    def keep_warm(self, function: str, qualifier: str, count: int) -> None: ...


@dataclass(frozen=True)
class Pauses:
    """`last_request` asks what was measured between two times: for what a caller that stood still has not seen."""

    records: Records
    schedules: Schedules
    warmth: Warmth
    last_request: Callable[[Endpoint, datetime, datetime], datetime | None]
    actor: str


def settle_all(
    pauses: Pauses, endpoints: Iterable[Endpoint], seen: Mapping[str, datetime], now: datetime
) -> dict[str, Idleness]:
    """By model; `seen` is the last request of each that has one. One that fails keeps no other waiting, and is raised
    in the end."""
    found, failures = {}, []
    for endpoint in endpoints:
        try:
            found[endpoint.model] = settle(pauses, endpoint, seen.get(endpoint.model), now)
        except SerinError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return found


def settle(pauses: Pauses, endpoint: Endpoint, seen: datetime | None, now: datetime) -> Idleness:
    """Where it stands afterwards. Raises Conflict where others keep changing the record."""
    for attempt in range(_PASSES):
        with suppress(Conflict):  # also after a deed that was overtaken: the next look sets it right
            return _once(pauses, endpoint, seen, now, again=attempt > 0)
    raise Conflict(f"The record of whether {endpoint.model} is idle kept changing under {_PASSES} attempts.")


def _once(pauses: Pauses, endpoint: Endpoint, seen: datetime | None, now: datetime, *, again: bool) -> Idleness:
    before = pauses.records.get(endpoint.model) or Idleness(endpoint.model, now)
    decision, checked = _checked(pauses, endpoint, before, decide(before, seen, now, endpoint.idle_days), now)
    after = decision.idleness
    if after.idle and after.pending:
        after = replace(after, warm={**after.warm, **_unused(pauses, endpoint, now)})
    stored = _recorded(pauses, before, replace(decision, idleness=after), checked=checked)
    fresh = not stored.idle and stored.since is not None and now - stored.since < _WATCHED
    if stored.pending or again or fresh:
        _make_so(pauses, endpoint, stored)
    elif checked and stored.idle and endpoint.drift.rule:
        pauses.schedules.disable(endpoint.drift.rule)  # a deployment of the stack may have put it anew
    return pauses.records.save(replace(stored, pending=False)) if stored.pending else stored


def _checked(
    pauses: Pauses, endpoint: Endpoint, before: Idleness, decision: Decision, now: datetime
) -> tuple[Decision, bool]:
    """A pause is asked about first; and once a day while it lasts, for a request may have come while nobody looked."""
    lasts = decision.action is Action.HOLD and before.idle
    due = decision.action is Action.PAUSE or (lasts and now - (before.checked or before.known) >= _DAY)
    if not due:
        return decision, False
    since = (before.checked or before.known) if lasts else now - timedelta(days=endpoint.idle_days)
    measured = pauses.last_request(endpoint, since, now)
    known = [at for at in (measured, decision.idleness.last_request) if at]
    return decide(replace(before, checked=now), max(known, default=None), now, endpoint.idle_days), True


def _unused(pauses: Pauses, endpoint: Endpoint, now: datetime) -> dict[str, int]:
    """Not what somebody has set meanwhile, for requests that are still to come."""
    old = now - timedelta(days=endpoint.idle_days)
    return {one.qualifier: one.count for one in pauses.warmth.warm(endpoint.function) if one.at <= old}


def _recorded(pauses: Pauses, before: Idleness, decision: Decision, *, checked: bool) -> Idleness:
    """Before anything is done. Of an endpoint in use a line a day is enough."""
    after = decision.idleness
    if decision.action is not Action.HOLD:
        return pauses.records.save(after, _audit(decision, pauses.actor))
    news = after.last_request and (not before.last_request or after.last_request - before.last_request >= _DAY)
    return pauses.records.save(after) if news or checked or not before.revision else after


def _audit(decision: Decision, actor: str) -> AuditEntry:
    after = decision.idleness
    assert after.since is not None
    about = {"reason": after.reason, "warm": dict(after.warm)}
    about |= {"last_request": timestamp(after.last_request)} if after.last_request else {}
    return AuditEntry.of(after.model, decision.action.value, actor, after.since, **about)


def _make_so(pauses: Pauses, endpoint: Endpoint, idleness: Idleness) -> None:
    rule = endpoint.drift.rule
    if idleness.idle:
        if rule:
            pauses.schedules.disable(rule)
        for qualifier in idleness.warm:
            pauses.warmth.cool(endpoint.function, qualifier)
        return
    if rule:
        pauses.schedules.enable(rule)
    if idleness.warm:
        there = {one.qualifier for one in pauses.warmth.warm(endpoint.function)}
        for qualifier, count in idleness.warm.items():
            if qualifier not in there:
                # A release may be gone by now, and an alias may split its traffic: then there is nothing to give back.
                with suppress(NotFound, BadRequest):
                    pauses.warmth.keep_warm(endpoint.function, qualifier, count)
