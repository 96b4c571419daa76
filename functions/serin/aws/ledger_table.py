"""The ledger in the registry table: an item an hour under its month, and one that says which hours are closed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from serin.aws.dynamodb import Table
from serin.cost.books import Books, Counted
from serin.cost.hour import hours_between, month_of

__all__ = ["LedgerTable"]

_PARTITION, _BOOKS = "LEDGER", "BOOKS"
_FOR_GOOD = 10**15
"""In the place of when an hour was counted: no count is newer than that of an hour that is closed."""


class LedgerTable:
    """Implements serin.cost.keep.Store."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def books(self) -> Books | None:
        item = self._table.get(_PARTITION, _BOOKS)
        return Books.from_dict(item, item["revision"]) if item else None

    def hours(self, first: str, last: str) -> Mapping[str, Counted]:
        months = sorted(set(map(month_of, hours_between(first, last))))
        items = [item for month in months for item in self._table.between(_of(month), first, last)]
        return {one.hour: one for one in map(Counted.from_dict, items)}

    def month(self, month: str) -> tuple[Counted, ...]:
        """All hours that were counted, in their order."""
        return tuple(map(Counted.from_dict, self._table.query(_of(month))))

    def put(self, counted: Counted) -> None:
        self._table.put_larger(*_key(counted), counted.to_dict(), "at")

    def close(self, before: Books | None, after: Books, hours: Sequence[Counted]) -> None:
        closed = [self._table.written(*_key(one), replace(one, at=_FOR_GOOD).to_dict()) for one in hours]
        if before is None:
            books = self._table.new(_PARTITION, _BOOKS, {**after.to_dict(), "revision": 1})
        else:
            books = self._table.changed(_PARTITION, _BOOKS, after.to_dict(), before.revision)
        self._table.transact(books, *closed)


def _of(month: str) -> str:
    return f"{_PARTITION}#{month}"


def _key(counted: Counted) -> tuple[str, str]:
    return _of(month_of(counted.hour)), counted.hour
