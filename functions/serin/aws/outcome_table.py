"""Outcomes in the registry table: each an item of its own, first word first, found by the hour of the prediction."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from serin.aws.dynamodb import Table, partition
from serin.outcomes.judge import Outcome
from serin.outcomes.quality import Quality
from serin.outcomes.tally import Mark
from serin.registry.ulid import ulid

__all__ = ["OutcomeTable"]

_SHARDS = "0123456789abcdef"


class OutcomeTable:
    """Implements serin.outcomes.receive.Records and serin.outcomes.tally.Windows.

    An hour of one version is spread over sixteen partitions, each of which takes a thousand writes a second.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, outcome: Outcome) -> bool:
        key = f"{outcome.id}#{outcome.row:06d}"
        shard = sha256(key.encode()).hexdigest()[0]
        received = {"received_at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        pk = _hour(outcome.model, outcome.version, outcome.hour, shard)
        return self._table.put_new(pk, key, {**outcome.to_dict(), **received})

    def mark(self, model: str, version: int, hour: str) -> None:
        about = {"version": version, "hour": hour, "stamp": ulid(datetime.now(UTC))}
        self._table.put_last(partition(model), _mark(version, hour), about)

    def marks(self, model: str) -> Iterator[Mark]:
        for item in self._table.query(partition(model), "MARK#"):
            yield Mark(model, int(item["version"]), item["hour"], item["stamp"])

    def outcomes(self, mark: Mark) -> Iterator[Outcome]:
        for shard in _SHARDS:
            yield from map(Outcome.from_dict, self._table.query(_hour(mark.model, mark.version, mark.hour, shard)))

    def put(self, mark: Mark, qualities: dict[str, Quality]) -> None:
        document: dict[str, Any] = {
            "n": qualities[""].n,
            "version": mark.version,
            "hour": mark.hour,
            "segments": {segment or "all": quality.to_dict() for segment, quality in qualities.items()},
        }
        self._table.put_larger(partition(mark.model), f"QUALITY#{mark.version:06d}#{mark.hour}", document, "n")

    def unmark(self, mark: Mark) -> None:
        self._table.transact(
            self._table.gone(partition(mark.model), _mark(mark.version, mark.hour), "stamp", mark.stamp)
        )

    def qualities(self, model: str, version: int, since: str = "") -> dict[str, dict[str, Quality]]:
        """By hour and segment ("all" is all of them), from an hour on."""
        key = f"QUALITY#{version:06d}#"
        return {
            item["hour"]: {segment: Quality.from_dict(one) for segment, one in item["segments"].items()}
            for item in self._table.between(partition(model), f"{key}{since}", f"{key}~")
        }


def _hour(model: str, version: int, hour: str, shard: str) -> str:
    return f"OUTCOME#{model}#{version}#{hour}#{shard}"


def _mark(version: int, hour: str) -> str:
    return f"MARK#{version:06d}#{hour}"
