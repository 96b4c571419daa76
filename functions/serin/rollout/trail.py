"""What does a rollout leave in the audit trail? One line for each new line of its history."""

from collections.abc import Iterator
from datetime import datetime

from serin.registry.records import AuditEntry
from serin.rollout.phases import Action, Entry
from serin.rollout.state import Rollout

__all__ = ["audits"]


def audits(before: Rollout, after: Rollout, now: datetime) -> tuple[AuditEntry, ...]:
    """Taking all traffic is a `deploy`, losing all of it again a `rollback`, as history.live_stack reads them."""
    return tuple(_lines(before, after, now))


def _lines(before: Rollout, after: Rollout, now: datetime) -> Iterator[AuditEntry]:
    known = set(before.history)
    for entry in after.history:
        if entry not in known:
            yield _line(before, after, entry, now)


def _line(before: Rollout, after: Rollout, entry: Entry, now: datetime) -> AuditEntry:
    about = {
        "rollout": after.id, "release": after.candidate, "phase": entry.phase.value, "weight": entry.weight,
        "reason": entry.reason,
    }  # fmt: skip
    candidate, previous = str(after.candidate), str(after.previous)
    if entry.action is Action.PROMOTE:
        move = {"from": previous, "to": candidate, "version": after.version}
        return AuditEntry.of(after.model, "deploy", entry.by, now, **move, **about)
    if entry.action in {Action.ROLL_BACK, Action.ABORT} and before.weight == 100:
        move = {"from": candidate, "to": previous, "version": after.previous_version}
        return AuditEntry.of(after.model, "rollback", entry.by, now, **move, **about)
    return AuditEntry.of(after.model, "rollout", entry.by, now, did=entry.action.value, **about)
