"""Look at what an endpoint holds, and remove a leftover: recorded first, and looked at once more just before.

Removing twice is no harm, so that whoever died in between runs it again. AWS itself refuses to delete a release that an
alias points to.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from serin.errors import Conflict, NotFound, SerinError
from serin.idle.warm import Warm
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry
from serin.rollout.cliffs import AlarmName
from serin.rollout.controller import Alarms, Rollouts
from serin.rollout.history import MOVES
from serin.rollout.holdings import Holdings, Published
from serin.rollout.leftovers import Judged, Kind, Rules, leftovers
from serin.rollout.ports import Releases
from serin.rollout.release import Alias

__all__ = ["Collector", "Versions", "judged", "remove"]


class Versions(Protocol):
    """What a function has published, what points to it, and what is kept warm of it."""

    def published(self, function: str) -> Iterable[Published]: ...

    def aliases(self, function: str) -> Mapping[str, Alias]: ...

    def warm(self, function: str) -> Iterable[Warm]: ...

    def cool(self, function: str, qualifier: str) -> None:
        """Keep nothing warm of it. What is gone already is no error, here and below."""

    def delete(self, function: str, version: int) -> None:
        """Raises Conflict while an alias points to it."""


@dataclass(frozen=True)
class Collector:
    """Who removes, and with what."""

    actor: str
    versions: Versions
    alarms: Alarms
    rollouts: Rollouts
    releases: Releases
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def judged(collector: Collector, endpoint: Endpoint, rules: Rules) -> tuple[Judged, ...]:
    """Everything, in the order in which it would go."""
    return leftovers(_holdings(collector, endpoint), rules, collector.now())


def remove(collector: Collector, endpoint: Endpoint, rules: Rules, leftover: Judged) -> Judged:
    """As it is afterwards: with why it was kept, where somebody needs it by now. Raises what keeps it from going."""
    again = {(one.kind, one.name): one for one in judged(collector, endpoint, rules)}
    now = again.get((leftover.kind, leftover.name))
    if now is None:
        return replace(leftover, goes=False, reason="it is gone already")
    if not now.goes:
        return now
    _record(collector, endpoint, now, did="REMOVE")
    try:
        _removed(collector, endpoint, now)
    except SerinError as error:
        kept = replace(now, goes=False, reason=str(error))
        _record(collector, endpoint, kept, did="KEEP")
        if not isinstance(error, Conflict):
            raise
        return kept
    return now


def _holdings(collector: Collector, endpoint: Endpoint) -> Holdings:
    """Aliases last: AWS keeps what they point to, and they are where a rollout that began meanwhile shows."""
    versions, function = collector.versions, endpoint.function
    published, warm = tuple(versions.published(function)), tuple(versions.warm(function))
    alarms = (AlarmName.parse(one.name) for one in collector.alarms.states(endpoint))
    named = tuple(one for one in alarms if one)
    stored = collector.rollouts.active(endpoint.model)
    moves = collector.releases.audits(endpoint.model, MOVES)
    others = dict(versions.aliases(function))
    if endpoint.alias not in others:
        raise NotFound(f"{function} has no alias {endpoint.alias}: deploy the stack again.")
    live = others.pop(endpoint.alias)
    return Holdings(live, published, others, warm, named, moves, stored.rollout if stored else None)


def _removed(collector: Collector, endpoint: Endpoint, leftover: Judged) -> None:
    match leftover.kind:
        case Kind.WARM:
            collector.versions.cool(endpoint.function, leftover.name)
        case Kind.ALARM:
            collector.alarms.delete([leftover.name])
        case Kind.RELEASE:
            collector.versions.delete(endpoint.function, int(leftover.name))


def _record(collector: Collector, endpoint: Endpoint, about: Judged, *, did: str) -> None:
    details = {"did": did, "kind": about.kind.value, "name": about.name, "reason": about.reason}
    collector.releases.record(AuditEntry.of(endpoint.model, "gc", collector.actor, collector.now(), **details))
