"""Records of drift jobs in the registry table: one a version and window, changed only by who knows its revision."""

from dataclasses import replace
from typing import Any

import orjson

from serin.aws.dynamodb import Table, partition
from serin.watch.record import Record

__all__ = ["DriftTable"]


class DriftTable:
    """Implements serin.watch.run.Records."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_version(self, model: str, version: int) -> tuple[Record, ...]:
        return tuple(map(_record, self._table.query(partition(model), f"DRIFT#{version:06d}#")))

    def save(self, record: Record) -> Record:
        pk, sk = partition(record.model), f"DRIFT#{record.version:06d}#{record.span}"
        document = _document(record)
        if record.revision:
            self._table.transact(self._table.changed(pk, sk, document, record.revision))
        else:
            self._table.transact(self._table.new(pk, sk, {**document, "revision": 1}))
        return replace(record, revision=record.revision + 1)


def _document(record: Record) -> dict[str, Any]:
    """What a person looks for in the table's own console stands beside the rest, which is text: it holds fractions."""
    shown = {"kind": record.kind, "alarm": record.alarm, "sentence": record.sentence}
    return {**shown, "record": orjson.dumps(record.to_dict()).decode()}


def _record(item: dict[str, Any]) -> Record:
    return replace(Record.from_dict(orjson.loads(item["record"])), revision=int(item["revision"]))
