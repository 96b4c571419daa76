"""What is said of a rollout, to whom? Every line of history is an event; what people must know is a message too."""

from datetime import datetime
from typing import Any

from serin.registry.endpoints import Endpoint
from serin.registry.notice import APPROVER, COMMUNICATOR, WATCHER, Event, Notice
from serin.registry.records import timestamp
from serin.rollout.phases import Action, Entry, Phase
from serin.rollout.state import Rollout

__all__ = ["STATE_CHANGED", "alarm_notice", "notices"]

STATE_CHANGED = "RolloutStateChanged"
_TAKEN_BACK = frozenset({Action.ROLL_BACK, Action.ABORT, Action.LEAVE})
_GOES_ON = frozenset({Action.SET_WEIGHT, Action.PROMOTE, Action.FINISH})


def notices(endpoint: Endpoint, rollout: Rollout) -> tuple[Notice, ...]:
    """All that nobody was told yet, the oldest first."""
    return tuple(_notice(endpoint, rollout, entry) for entry in rollout.news)


def alarm_notice(endpoint: Endpoint, alarm: str, at: datetime, why: str) -> Notice:
    """An alarm went red while nothing was rolled out: there is nothing to take back by itself."""
    message = (
        f"Alarm {alarm} of {endpoint.model} ({endpoint.stage}) went red at {timestamp(at)}: {why}\n"
        "No rollout is active, so nothing was taken back by itself.\n"
        f"What runs: serin status {endpoint.model}. The release before: serin rollback {endpoint.model}."
    )
    subject = f"{endpoint.model} ({endpoint.stage}): alarm {alarm} is red"
    return Notice(f"{alarm}/{timestamp(at)}", (WATCHER, APPROVER), subject, message)


def _notice(endpoint: Endpoint, rollout: Rollout, entry: Entry) -> Notice:
    what = f"{endpoint.model}@{rollout.version} as release {rollout.candidate}"
    message = (
        f"{what} ({endpoint.stage}): {entry.reason}\n"
        f"State {entry.phase}, {entry.weight} % of the traffic on release {rollout.candidate}, "
        f"the rest on release {rollout.previous}; decided by {entry.by} at {timestamp(entry.at)}.\n"
        f"All of it: serin history {endpoint.model}"
    )
    key = f"{rollout.id}/{timestamp(entry.at)}/{entry.action}"
    subject = f"{endpoint.model} ({endpoint.stage}): {_WORDS[entry.action]} of release {rollout.candidate}"
    event = Event(STATE_CHANGED, _detail(endpoint, rollout, entry, key))
    return Notice(key, _roles(entry), subject, message, event)


_WORDS = {
    Action.HOLD: "start",
    Action.MIRROR: "shadow",
    Action.SET_WEIGHT: "next step",
    Action.PROMOTE: "promotion",
    Action.ROLL_BACK: "ROLLBACK",
    Action.FINISH: "end",
    Action.ABORT: "ABORT",
    Action.LEAVE: "end",
    Action.PAUSE: "pause",
    Action.RESUME: "resumption",
}


def _roles(entry: Entry) -> tuple[str, ...]:
    """Who goes back has customers to tell of it, unless none ever saw the candidate."""
    if entry.action in _TAKEN_BACK:
        return (APPROVER, COMMUNICATOR) if entry.phase is Phase.ROLLED_BACK else (APPROVER,)
    return (WATCHER,) if entry.action in _GOES_ON else ()


def _detail(endpoint: Endpoint, rollout: Rollout, entry: Entry, key: str) -> dict[str, Any]:
    return {
        "id": key,
        "stage": endpoint.stage,
        "model": endpoint.model,
        "team": endpoint.team,
        "rollout": rollout.id,
        "candidate": {"release": rollout.candidate, "version": rollout.version},
        "previous": {"release": rollout.previous, "version": rollout.previous_version},
        **entry.to_dict(),
    }
