"""Is an endpoint idle, and so to pause what it costs without a request? It follows from its last request alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from serin.registry.records import timestamp

__all__ = ["Action", "Decision", "Idleness", "decide"]


class Action(StrEnum):
    """As the audit trail names it."""

    HOLD = "idle-hold"
    PAUSE = "idle-pause"
    RESUME = "idle-resume"


@dataclass(frozen=True)
class Idleness:
    """`known` is when the endpoint was first looked at, `since` when it was paused or resumed last, `checked` when
    CloudWatch was asked for requests that nobody else saw.

    `warm` is the provisioned concurrency that was taken away when it was paused last, by version or alias: it is given
    back.
    `pending`: what is recorded is not surely done.
    """

    model: str
    known: datetime
    idle: bool = False
    since: datetime | None = None
    last_request: datetime | None = None
    checked: datetime | None = None
    reason: str = ""
    warm: Mapping[str, int] = field(default_factory=dict)
    pending: bool = False
    revision: int = 0

    @property
    def quiet_since(self) -> datetime:
        return self.last_request or self.known

    def to_dict(self) -> dict[str, Any]:
        """Without the revision, which is the table's, and without what is not known."""
        times = {name: getattr(self, name) for name in _TIMES}
        return {
            "model": self.model, "idle": self.idle, "reason": self.reason, "warm": dict(self.warm),
            "pending": self.pending, **{name: timestamp(at) for name, at in times.items() if at is not None},
        }  # fmt: skip

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], revision: int = 0) -> Self:
        known: dict[str, Any] = {name: document[name] for name in ("model", "idle", "reason", "pending")}
        known |= {name: datetime.fromisoformat(document[name]) for name in _TIMES if name in document}
        known |= {"warm": {qualifier: int(count) for qualifier, count in document["warm"].items()}}
        return cls(**known, revision=revision)


_TIMES = ("known", "since", "last_request", "checked")


@dataclass(frozen=True)
class Decision:
    action: Action
    idleness: Idleness


def decide(idleness: Idleness, seen: datetime | None, now: datetime, idle_days: int) -> Decision:
    """`seen` is the last request that the caller knows of; it never goes back. With `idle_days` 0 nothing is idle.

    >>> from datetime import UTC
    >>> then = datetime(2026, 1, 1, tzinfo=UTC)
    >>> decide(Idleness("churn", then), None, then + timedelta(days=14), 14).idleness.reason
    'no request since 2026-01-01 00:00 UTC, for 14 days'
    """
    known = [at for at in (seen, idleness.last_request) if at]
    after = replace(idleness, last_request=max(known, default=None))
    quiet = now - after.quiet_since
    idle = idle_days > 0 and quiet >= timedelta(days=idle_days)
    if idle == idleness.idle:
        return Decision(Action.HOLD, after)
    if idle:
        reason = f"no request since {after.quiet_since:%Y-%m-%d %H:%M} UTC, for {quiet.days} days"
    elif after.last_request != idleness.last_request:
        reason = f"a request came by {after.quiet_since:%Y-%m-%d %H:%M} UTC"
    else:
        reason = f"idle_days is {idle_days} now"
    # What was given back at the last resume is no more of ours, once that was done.
    warm = after.warm if after.pending or not idle else {}
    changed = replace(after, idle=idle, since=now, reason=reason, warm=warm, pending=True)
    return Decision(Action.PAUSE if idle else Action.RESUME, changed)
