"""Where each endpoint stands with its budget, in the registry table: one item, changed by who knows its revision."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from serin.aws.audit_table import AuditTable
from serin.aws.clients import impatient
from serin.aws.dynamodb import Table, spending_partition
from serin.registry.records import AuditEntry
from serin.spending.grade import Grade
from serin.spending.state import Spending

__all__ = ["SpendingTable", "asks_frugality"]

_STATE = "STATE"


class SpendingTable:
    """Implements serin.spending.enforce.Spendings."""

    def __init__(self, table: Table) -> None:
        self._table, self._audits = table, AuditTable(table)

    def get(self, model: str) -> Spending | None:
        item = self._table.get(spending_partition(model), _STATE)
        return Spending.from_dict(item, int(item["revision"])) if item else None

    def save(self, spending: Spending, audit: AuditEntry | None = None) -> Spending:
        pk, document = spending_partition(spending.model), spending.to_dict()
        if spending.revision:
            write = self._table.changed(pk, _STATE, document, spending.revision)
        else:
            write = self._table.new(pk, _STATE, {**document, "revision": 1})
        self._table.transact(write, *([self._audits.entry(audit)] if audit else []))
        return replace(spending, revision=spending.revision + 1)


def asks_frugality(table: str, model: str) -> Callable[[], bool]:
    """For a sandbox, after its response: is the endpoint to save what clients do not see? Asking raises the SerinError
    of the failure."""

    @cache
    def spendings() -> SpendingTable:
        return SpendingTable(Table(impatient("dynamodb"), table))

    def ask() -> bool:
        spending = spendings().get(model)
        return spending is not None and spending.grade.reaches(Grade.FRUGAL)

    return ask
