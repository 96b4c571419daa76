"""How does an endpoint stand with its budget, and how does a person let it go on?"""

import time
from datetime import UTC, datetime
from typing import Any

from infra.cli.session import Session
from serin.errors import Conflict
from serin.registry.endpoints import Endpoint
from serin.rollout.approval import check_approver
from serin.spending.enforce import audit
from serin.spending.grade import Grade
from serin.spending.guard import resume
from serin.spending.state import Spending

__all__ = ["check_serves", "document", "let_go_on", "sentence"]

_ATTEMPTS = 5
_PATIENCE_S = 30.0
_POLL_S = 0.2


def document(spending: Spending | None) -> dict[str, Any] | None:
    """None while it is well."""
    if spending is None or spending.called is Grade.NORMAL:
        return None
    shown = {name: value for name, value in spending.to_dict().items() if name in _SHOWN}
    return {**shown, "sentence": sentence(spending)}


_SHOWN = ("month", "grade", "called", "since", "why", "used")


def sentence(spending: Spending) -> str:
    since = f" since {spending.since:%Y-%m-%d %H:%M} UTC" if spending.since else ""
    cure = f" (an approver lets it go on: serin resume {spending.model})" if spending.held else ""
    return f"{spending.model} is {spending.grade} by its spend guard{since}: {spending.why}{cure}"


def check_serves(session: Session, endpoint: Endpoint) -> None:
    """Raises Conflict where the spend guard has stopped it: no direct request would get an answer."""
    spending = session.spendings(endpoint).get(endpoint.model)
    if spending is not None and spending.grade is Grade.STOPPED:
        raise Conflict(f"{sentence(spending)}. Only after that a release is tested or measured.")


def let_go_on(session: Session, endpoint: Endpoint, headroom: int, why: str) -> Spending | None:
    """None where nothing is held back. Recorded here, and done by the guard's own function, which alone may.

    Raises AccessDenied to all but approvers, Conflict where nobody is there to do it, or others keep changing it.
    """
    spendings = session.spendings(endpoint)
    for _ in range(_ATTEMPTS):
        spending = spendings.get(endpoint.model)
        if spending is None or not spending.held:
            return None
        check_approver(endpoint, session.actor)
        if not endpoint.guard:
            raise Conflict(_without_guard(endpoint, spending))
        decision = resume(spending, headroom=headroom, by=session.actor, now=datetime.now(UTC), why=why)
        try:
            recorded = spendings.save(decision.spending, audit(decision, session.actor))
        except Conflict as error:
            session.voice.step(f"somebody else changed it meanwhile, looking again ({error})")
            continue
        return _done(session, endpoint, recorded)
    raise Conflict(f"The spend guard's record of {endpoint.model} kept changing under {_ATTEMPTS} attempts: try again.")


def _done(session: Session, endpoint: Endpoint, recorded: Spending) -> Spending:
    """As it is when the guard has done it, or when patience ends."""
    deadline = time.monotonic() + (_PATIENCE_S if session.wake_guard(endpoint) else 0.0)
    found = recorded
    while found.pending and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        found = session.spendings(endpoint).get(endpoint.model) or found
    if found.pending:
        session.voice.warn("recorded; the spend guard does it at its next look, within five minutes")
    return found


def _without_guard(endpoint: Endpoint, spending: Spending) -> str:
    value = spending.saved.value if spending.saved else None
    cure = "delete-function-concurrency" if value is None else "put-function-concurrency"
    more = "" if value is None else f" --reserved-concurrent-executions {value}"
    return (
        f"The stage has no budgets any more, and so no spend guard that could let {endpoint.model} go on: give it one "
        f"in cdk.json and deploy the stack, or call aws lambda {cure} --function-name {endpoint.function}{more}."
    )
