"""How does a command wait for a rollout? It reads the record until something is so, and tells each line that is new."""

import time
from collections.abc import Callable

from infra.cli.session import Session
from serin.registry.endpoints import Endpoint
from serin.rollout.phases import Entry
from serin.rollout.state import Rollout

__all__ = ["follow", "line"]

_POLL_S = 0.5


def follow(
    session: Session,
    endpoint: Endpoint,
    rollout: Rollout,
    until: Callable[[Rollout], bool],
    patience_s: float,
) -> Rollout:
    """The rollout when `until` holds, or as it is when patience ends."""
    rollouts, told = session.rollouts(endpoint), set(rollout.history)
    deadline = time.monotonic() + patience_s
    while not until(rollout) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        rollout = rollouts.get(endpoint.model, rollout.id)
        for entry in rollout.history:
            if entry not in told:
                session.voice.step(line(entry))
        told |= set(rollout.history)
    return rollout


def line(entry: Entry) -> str:
    return f"{entry.at:%H:%M:%S} {entry.phase}, {entry.weight} %: {entry.reason}"
