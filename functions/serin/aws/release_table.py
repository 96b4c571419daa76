"""Releases and the audit trail in the registry table."""

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table, partition
from serin.registry.records import AuditEntry
from serin.rollout.release import Release

__all__ = ["ReleaseTable"]


class ReleaseTable:
    """Implements serin.rollout.ports.Releases."""

    def __init__(self, table: Table) -> None:
        self._table, self._audits = table, AuditTable(table)

    def all(self, model: str) -> tuple[Release, ...]:
        return tuple(map(Release.from_dict, self._table.query(partition(model), "RELEASE#")))

    def add(self, release: Release, audit: AuditEntry) -> None:
        pk = partition(release.model)
        self._table.transact(
            self._table.new(pk, f"RELEASE#{release.number:06d}", release.to_dict()),
            self._audits.entry(audit),
        )

    def audits(self, model: str, actions: tuple[str, ...]) -> tuple[AuditEntry, ...]:
        return self._audits.of(model, actions)

    def record(self, audit: AuditEntry) -> None:
        self._audits.record(audit)
