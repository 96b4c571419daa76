"""One look of the spend guard at an endpoint: decide, record, make it so, tell, confirm.

Level-triggered: the record says what is wanted and what was there before, so that a look that died anywhere is
finished by the next, and one that comes twice, late or beside another changes nothing in the end.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from serin.errors import Conflict, SerinError
from serin.registry.endpoints import Endpoint
from serin.registry.notice import Notice
from serin.registry.records import AuditEntry
from serin.spending.grade import Grade
from serin.spending.guard import Action, Decision, decide
from serin.spending.notice import notice
from serin.spending.signal import Signal
from serin.spending.state import Reserved, Spending, month_of

__all__ = ["Guard", "audit", "enforce"]

_PASSES = 8
_WATCHED = timedelta(minutes=10)
"""For so long after a resume a 0 is taken for the late deed of a look that has died; it lives a minute at most."""


class Spendings(Protocol):
    """The records of all endpoints."""

    def get(self, model: str) -> Spending | None: ...

    def save(self, spending: Spending, audit: AuditEntry | None = None) -> Spending:
        """Together; as it is stored then. Raises Conflict when it was changed since it was read."""


class Concurrency(Protocol):
    """Reserved concurrency of functions; None is: none."""

    def reserved(self, function: str) -> int | None: ...

    def reserve(self, function: str, value: int | None) -> None: ...


class Notices(Protocol):
    """May be told twice."""

    def tell(self, endpoint: Endpoint, notice: Notice) -> None: ...


@dataclass(frozen=True)
class Guard:
    """`used` reads how much of its budgets an endpoint has used by now."""

    spendings: Spendings
    functions: Concurrency
    used: Callable[[Endpoint, datetime], Iterable[Signal]]
    notices: Notices
    actor: str
    now: Callable[[], datetime]


def enforce(guard: Guard, endpoint: Endpoint, signals: tuple[Signal, ...] = ()) -> Spending:
    """Where it stands afterwards. What can't be read keeps nobody from stopping it, and is raised in the end; so is
    Conflict, where others keep changing the record."""
    for _ in range(_PASSES):
        problems: list[SerinError] = []
        try:
            spending, again = _once(guard, endpoint, signals, problems)
        except Conflict:
            continue  # also after a deed that has been overtaken: the next look sets it right
        if again:
            continue
        if problems:
            raise problems[0]
        return spending
    raise Conflict(f"The spend guard's record of {endpoint.model} kept changing under {_PASSES} attempts.")


def audit(decision: Decision, actor: str) -> AuditEntry:
    after = decision.spending
    about = {"grade": after.grade.value, "month": after.month, "reason": decision.reason,
             "used": {source.value: percent for source, percent in after.used.items()}}  # fmt: skip
    assert after.since is not None
    return AuditEntry.of(after.model, decision.action.value, actor, after.since, **about)


def _once(
    guard: Guard, endpoint: Endpoint, signals: tuple[Signal, ...], problems: list[SerinError]
) -> tuple[Spending, bool]:
    """With whether to look again."""
    now = guard.now()
    spending = guard.spendings.get(endpoint.model) or Spending(endpoint.model, month_of(now))
    # At every look: only the last grade has an alarm, and those before it are found here alone.
    signals = (*signals, *_used(guard, endpoint, now, problems))
    decision = decide(spending, signals, critical=endpoint.critical, now=now)
    wanted = decision.spending
    stops = wanted.grade is Grade.STOPPED
    acts = stops or wanted.saved is not None
    found = guard.functions.reserved(endpoint.function) if acts else None
    if stops and (wanted.saved is None or found != 0):
        wanted = replace(wanted, saved=Reserved(found))
    stored = _recorded(guard, spending, replace(decision, spending=wanted))
    moved = _made_so(guard, endpoint, stored, found) if acts else False
    if stored.pending:
        guard.notices.tell(endpoint, notice(endpoint, stored))
        stored = guard.spendings.save(replace(stored, pending=False))
    elif stored.saved and not stops and not moved and stored.since and now - stored.since >= _WATCHED:
        stored = guard.spendings.save(replace(stored, saved=None))
    return stored, moved or decision.action is not Action.HOLD


def _used(guard: Guard, endpoint: Endpoint, now: datetime, problems: list[SerinError]) -> Iterable[Signal]:
    try:
        return guard.used(endpoint, now)
    except SerinError as error:
        problems.append(error)
        return ()


def _recorded(guard: Guard, before: Spending, decision: Decision) -> Spending:
    """Before anything is done. What is used by an endpoint that is well is nothing to write down."""
    after = decision.spending
    if decision.action is not Action.HOLD:
        return guard.spendings.save(after, audit(decision, guard.actor))
    matters = after.called is not Grade.NORMAL or after.resumed_at or after.saved
    return guard.spendings.save(after) if matters and after != before else after


def _made_so(guard: Guard, endpoint: Endpoint, spending: Spending, found: int | None) -> bool:
    """Was there anything to do? Restored is only what stands at our own 0: other values are somebody's wish."""
    if spending.grade is Grade.STOPPED:
        if found == 0:
            return False
        guard.functions.reserve(endpoint.function, 0)
        return True
    if spending.saved is None or found != 0 or spending.saved.value == 0:
        return False
    guard.functions.reserve(endpoint.function, spending.saved.value)
    return True
