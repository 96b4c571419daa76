"""What is said of an endpoint's spend, to whom? Every change of grade is an event; what people must know is a message
too."""

from typing import Any

from serin.registry.endpoints import Endpoint
from serin.registry.notice import APPROVER, COMMUNICATOR, WATCHER, Event, Notice
from serin.registry.records import timestamp
from serin.spending.grade import Grade
from serin.spending.guard import Action
from serin.spending.state import Spending

__all__ = ["STATE_CHANGED", "notice"]

STATE_CHANGED = "SpendStateChanged"
_ROLES = {
    Action.NOTIFY: (WATCHER, APPROVER),
    Action.FRUGAL: (APPROVER,),
    Action.STOP: (APPROVER, COMMUNICATOR),
    Action.PAGE: (APPROVER, COMMUNICATOR),
    Action.RESUME: (APPROVER, COMMUNICATOR),
    Action.RESET: (APPROVER, COMMUNICATOR),
}
_WORDS = {
    Action.NOTIFY: "its budget is nearly used up",
    Action.FRUGAL: "capture and drift jobs are off, to save",
    Action.STOP: "STOPPED by its spend guard",
    Action.PAGE: "OVER ITS BUDGET, and goes on",
    Action.RESUME: "resumed",
    Action.RESET: "a new month's budget",
}
_MEANS = {
    Grade.NORMAL: "Everything runs as before.",
    Grade.NOTIFIED: "Everything runs still.",
    Grade.FRUGAL: "It answers its clients; what they do not see is left out: capture, drift jobs.",
    Grade.STOPPED: "Its clients get 503 with Retry-After.",
}


def notice(endpoint: Endpoint, spending: Spending) -> Notice:
    """Of the last change."""
    action, at = Action(spending.action), timestamp(spending.since) if spending.since else ""
    next_step = (
        f"An approver lets it go on with: serin resume {endpoint.model} --headroom 25\n" if spending.held else ""
    )
    message = (
        f"{endpoint.model} ({endpoint.stage}, team {endpoint.team}): {spending.why}\n"
        f"{_MEANS[spending.grade]} Since {at}; a new month's budget begins by itself.\n"
        f"{next_step}How it stands: serin status {endpoint.model}"
    )
    key = f"{endpoint.model}/{spending.month}/{at}/{action}"
    subject = f"{endpoint.model} ({endpoint.stage}): {_WORDS[action]}"
    return Notice(key, _ROLES[action], subject, message, Event(STATE_CHANGED, _detail(endpoint, spending, key, at)))


def _detail(endpoint: Endpoint, spending: Spending, key: str, at: str) -> dict[str, Any]:
    return {
        "id": key,
        "stage": endpoint.stage,
        "model": endpoint.model,
        "team": endpoint.team,
        "at": at,
        "action": spending.action,
        "grade": spending.grade.value,
        "called": spending.called.value,
        "critical": endpoint.critical,
        "month": spending.month,
        "used": {source.value: percent for source, percent in spending.used.items()},
        "reason": spending.why,
    }
