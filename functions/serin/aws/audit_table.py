"""The audit trail in the registry table: a partition of its own for each model, to which everybody only ever adds."""

from collections.abc import Collection
from typing import Any

from serin.aws.dynamodb import Table
from serin.registry.records import AuditEntry

__all__ = ["AuditTable"]


class AuditTable:
    """Entries sort by time. What they tell of is written in the same transaction, so that neither is there alone."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, model: str, actions: Collection[str] | None = None) -> tuple[AuditEntry, ...]:
        """Oldest first; of these actions, or all."""
        entries = map(AuditEntry.from_dict, self._table.query(_partition(model)))
        return tuple(entry for entry in entries if actions is None or entry.action in actions)

    def entry(self, audit: AuditEntry) -> dict[str, Any]:
        """The write of an entry, for a transaction."""
        return self._table.new(_partition(audit.model), f"AUDIT#{audit.id}", audit.to_dict())

    def record(self, audit: AuditEntry) -> None:
        """Write an entry alone."""
        self._table.transact(self.entry(audit))


def _partition(model: str) -> str:
    return f"AUDIT#{model}"
