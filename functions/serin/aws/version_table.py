"""Model versions in the registry table: numbered without gaps, found by number or by digest."""

from collections.abc import Iterator

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table, partition
from serin.errors import NotFound
from serin.registry.records import AuditEntry, VersionRecord

__all__ = ["VersionTable"]


class VersionTable:
    """Implements serin.registry.ports.VersionStore."""

    def __init__(self, table: Table) -> None:
        self._table, self._audits = table, AuditTable(table)

    def find(self, model: str, digest: str) -> int | None:
        item = self._table.get(partition(model), f"DIGEST#{digest}")
        return int(item["version"]) if item else None

    def count(self, model: str) -> int:
        return int((self._table.get(partition(model), "META") or {}).get("versions", 0))

    def get(self, model: str, number: int) -> VersionRecord:
        item = self._table.get(partition(model), f"VERSION#{number:06d}")
        if item is None:
            raise NotFound(f"{model}@{number} does not exist: {model} has {self.count(model)} versions.")
        return VersionRecord.from_dict(item)

    def all(self, model: str) -> Iterator[VersionRecord]:
        return map(VersionRecord.from_dict, self._table.query(partition(model), "VERSION#"))

    def add(self, record: VersionRecord, audit: AuditEntry) -> None:
        pk, table = partition(record.model), self._table
        table.transact(
            table.new(pk, f"VERSION#{record.number:06d}", record.to_dict()),
            table.new(pk, f"DIGEST#{record.digest}", {"version": record.number}),
            table.count_up(pk, "META", "versions", record.number),
            self._audits.entry(audit),
        )
