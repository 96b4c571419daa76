"""Which endpoints are idle, in the registry table: one item each, changed by who knows its revision."""

from dataclasses import replace

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table, spending_partition
from serin.cost.idleness import Idleness
from serin.registry.records import AuditEntry

__all__ = ["IdleTable"]

_IDLE = "IDLE"


class IdleTable:
    """Implements serin.cost.settle.Records."""

    def __init__(self, table: Table) -> None:
        self._table, self._audits = table, AuditTable(table)

    def get(self, model: str) -> Idleness | None:
        item = self._table.get(spending_partition(model), _IDLE)
        return Idleness.from_dict(item, int(item["revision"])) if item else None

    def save(self, idleness: Idleness, audit: AuditEntry | None = None) -> Idleness:
        pk, document = spending_partition(idleness.model), idleness.to_dict()
        if idleness.revision:
            write = self._table.changed(pk, _IDLE, document, idleness.revision)
        else:
            write = self._table.new(pk, _IDLE, {**document, "revision": 1})
        self._table.transact(write, *([self._audits.entry(audit)] if audit else []))
        return replace(idleness, revision=idleness.revision + 1)
