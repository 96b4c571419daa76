"""The audit trail in the registry table: a partition of its own for each model, to which everybody only ever adds."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from serin.aws.dynamodb import Table
from serin.registry.records import AuditEntry
from serin.registry.ulid import moment

__all__ = ["AuditTable"]

_KEY = "AUDIT#"


class AuditTable:
    """Entries sort by time. What they tell of is written in the same transaction, so that neither is there alone.

    Implements serin.registry.seal.Trail.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(
        self, model: str, actions: Collection[str] | None = None, *, since: datetime | None = None
    ) -> tuple[AuditEntry, ...]:
        """Oldest first; of these actions, or all."""
        pk, first = _partition(model), f"{_KEY}{moment(since)}" if since else _KEY
        entries = (_entry(model, item) for item in self._table.between(pk, first, f"{_KEY}~"))
        return tuple(entry for entry in entries if actions is None or entry.action in actions)

    def entry(self, audit: AuditEntry) -> dict[str, Any]:
        """The write of an entry, for a transaction."""
        return self._table.new(_partition(audit.model), f"{_KEY}{audit.id}", audit.to_dict())

    def record(self, audit: AuditEntry) -> None:
        """Write an entry alone."""
        self._table.transact(self.entry(audit))


def _entry(model: str, item: dict[str, Any]) -> AuditEntry:
    """What somebody wrote over an entry may lack anything: it is read all the same, under the key that it has."""
    texts = {name: str(item.get(name, "")) for name in ("action", "actor", "at")}
    return AuditEntry(model, item["SK"].removeprefix(_KEY), **texts, details=item.get("details", {}))


def _partition(model: str) -> str:
    return f"AUDIT#{model}"
