"""Reviews in the registry table: what was predicted, kept for good, and how far each is, by deadline while it waits.

    REVIEW#churn    ITEM#<id>                the message as it came; that it is there says that the review is known
    REVIEW#churn    OPEN#<deadline>#<id>     the case while it waits, changed only by who knows its revision
    REVIEW#churn    DONE#<deadline>#<id>     the case once its outcome is back

So whoever looks for what waits reads nothing of what is done, and no inputs. Nothing expires: the table has no TTL.
"""

from dataclasses import replace
from datetime import datetime

import orjson

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.errors import Conflict, NotFound
from serin.registry.records import AuditEntry, timestamp
from serin.review.case import Case
from serin.review.item import Item, read

__all__ = ["ReviewTable"]


class ReviewTable:
    """Implements serin.review.shelf.Shelf."""

    def __init__(self, table: Table) -> None:
        self._table, self._audits = table, AuditTable(table)

    def add(self, item: Item, text: str) -> bool:
        pk, case = _partition(item.model), Case.of(item)
        try:
            self._table.transact(
                self._table.new(pk, f"ITEM#{item.id}", {"item": text}),
                self._table.new(pk, _open(case), {"revision": 1, "case": _text(case)}),
            )
        except Conflict:
            if self._table.get(pk, f"ITEM#{item.id}") is None:
                raise  # another transaction was in the way, and has not written it
            return False
        return True

    def open(self, model: str) -> tuple[Case, ...]:
        return tuple(map(_case, self._table.query(_partition(model), "OPEN#")))

    def done(self, model: str, since: datetime) -> tuple[Case, ...]:
        """Those that were due from then on, oldest first."""
        found = self._table.between(_partition(model), f"DONE#{timestamp(since)}", "DONE#~")
        return tuple(map(_case, found))

    def item(self, model: str, id: str) -> Item:
        """Raises NotFound."""
        found = self._table.get(_partition(model), f"ITEM#{id}")
        if found is None:
            raise NotFound(f"{model} has no review {id}: see serin review list {model} --all.")
        return read(found["item"], model)

    def case(self, item: Item) -> Case:
        """Of an item that is there."""
        pk, case = _partition(item.model), Case.of(item)
        # In this order: between the two reads it may be closed, and never opened again.
        found = self._table.get(pk, _open(case)) or self._table.get(pk, _done(case))
        if found is None:
            raise NotFound(f"{item.model} has the review {item.id}, but nothing says how far it is.")
        return _case(found)

    def save(self, case: Case) -> Case:
        pk, document = _partition(case.model), {"case": _text(case)}
        self._table.transact(self._table.changed(pk, _open(case), document, case.revision))
        return replace(case, revision=case.revision + 1)

    def close(self, case: Case, audit: AuditEntry) -> None:
        """Its outcome is back. Raises Conflict where it is not of this revision any more."""
        pk = _partition(case.model)
        self._table.transact(
            self._table.gone(pk, _open(case), "revision", case.revision),
            self._table.new(pk, _done(case), {"case": _text(case)}),
            self._audits.entry(audit),
        )


def _partition(model: str) -> str:
    return f"REVIEW#{model}"


def _open(case: Case) -> str:
    return f"OPEN#{timestamp(case.deadline)}#{case.id}"


def _done(case: Case) -> str:
    return f"DONE#{timestamp(case.deadline)}#{case.id}"


def _text(case: Case) -> str:
    """Text, as it holds fractions. The revision stands beside it."""
    return orjson.dumps(replace(case, revision=0).to_dict()).decode()


def _case(item: dict[str, object]) -> Case:
    case = Case.from_dict(orjson.loads(str(item["case"])))
    return replace(case, revision=int(str(item.get("revision", 0))))
