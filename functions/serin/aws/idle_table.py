"""Which endpoints are idle, in the registry table: one item each, changed by who knows its revision."""

from dataclasses import replace

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table, idle_partition
from serin.idle.idleness import Idleness
from serin.registry.records import AuditEntry

__all__ = ["IdleTable"]

_STATE = "STATE"


class IdleTable:
    """Implements serin.idle.settle.Records."""

    def __init__(self, table: Table) -> None:
        self._table, self._audits = table, AuditTable(table)

    def get(self, model: str) -> Idleness | None:
        item = self._table.get(idle_partition(model), _STATE)
        return Idleness.from_dict(item, int(item["revision"])) if item else None

    def save(self, idleness: Idleness, audit: AuditEntry | None = None) -> Idleness:
        pk, document = idle_partition(idleness.model), idleness.to_dict()
        if idleness.revision:
            write = self._table.changed(pk, _STATE, document, idleness.revision)
        else:
            write = self._table.new(pk, _STATE, {**document, "revision": 1})
        self._table.transact(write, *([self._audits.entry(audit)] if audit else []))
        return replace(idleness, revision=idleness.revision + 1)
