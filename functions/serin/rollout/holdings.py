"""What does an endpoint's function hold, and what of it is in use? A release that is in use is never a leftover."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from serin.idle.warm import Warm
from serin.registry.records import AuditEntry
from serin.rollout.cliffs import AlarmName
from serin.rollout.history import before, live_stack
from serin.rollout.release import Alias
from serin.rollout.state import Rollout

__all__ = ["Holdings", "Published", "in_use"]


@dataclass(frozen=True)
class Published:
    """A version of the function as Lambda lists it. `serves` is its model version, None where it has no model.

    `snapshot`: SnapStart keeps one of it, which has a price as long as the version is there. `trial`: a temporary one
    of `serin tune`.
    """

    number: int
    at: datetime
    serves: int | None
    memory_mb: int
    architecture: str
    snapshot: bool
    trial: bool = False


@dataclass(frozen=True)
class Holdings:
    """`live` is the alias that clients reach, `others` are those beside it, `moves` its history, the oldest first."""

    live: Alias
    published: tuple[Published, ...] = ()
    others: Mapping[str, Alias] = field(default_factory=dict)
    warm: tuple[Warm, ...] = ()
    alarms: tuple[AlarmName, ...] = ()
    moves: tuple[AuditEntry, ...] = ()
    rollout: Rollout | None = None


def in_use(holdings: Holdings) -> dict[str, str]:
    """Releases that nobody may remove, each with the first reason why."""
    found: dict[str, str] = {}
    for release, why in _uses(holdings):
        found.setdefault(release, why)
    return found


def _uses(holdings: Holdings) -> Iterator[tuple[str, str]]:
    live, rollout = holdings.live, holdings.rollout
    yield live.version, "it is live"
    for release, weight in live.weights.items():
        yield release, f"it has {weight:.0%} of the traffic"
    for name, alias in holdings.others.items():
        for release in (alias.version, *alias.weights):
            yield release, f"the alias {name} points to it"
    if rollout:
        yield str(rollout.candidate), "it is being rolled out"
        yield str(rollout.previous), "a rollout would go back to it"
    for release in _before(holdings):
        yield release, "it was live before: a rollback goes back to it"


def _before(holdings: Holdings) -> Iterator[str]:
    """Also where the last move is not recorded yet, and whichever way it went."""
    stack, live = live_stack(holdings.moves), holdings.live.version
    if (release := before(stack, live)) is not None:
        yield release
    below = [under for under, above in pairwise(stack) if above == live]
    yield from below[-1:]
