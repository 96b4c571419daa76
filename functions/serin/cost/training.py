"""To which hour does the price of a version's training belong? That of its registration, or the first that is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from serin.cost.books import Books
from serin.cost.entry import Account, Entry
from serin.cost.hour import hour_of, start_of
from serin.cost.money import micro_of
from serin.registry.endpoints import Endpoint
from serin.registry.records import VersionRecord

__all__ = ["Trainings", "Versions", "trainings"]

_BEFORE = timedelta(hours=1)


class Versions(Protocol):
    """The numbered versions of each model."""

    def count(self, model: str) -> int:
        """The highest number given so far."""

    def get(self, model: str, number: int) -> VersionRecord: ...


@dataclass
class Trainings:
    """Entries by hour, and the number of the last version that was looked at, by hour and model."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    last: dict[str, dict[str, int]] = field(default_factory=dict)

    def trained(self, hour: str) -> tuple[str, ...]:
        return tuple(f"{one.account.model}@{one.account.version}" for one in self.entries.get(hour, ()))

    def upto(self, hours: list[str]) -> Mapping[str, int]:
        """The last version of each model that one of these hours pays for."""
        return {model: number for hour in sorted(hours) for model, number in self.last.get(hour, {}).items()}


def trainings(books: Books, versions: Versions, endpoint: Endpoint, now: datetime, found: Trainings) -> None:
    """Adds those of an endpoint that no closed hour pays for. In the order of their numbers, so that a clock that is
    wrong leaves none out; of an endpoint that the books do not know, those from an hour before they were opened on."""
    model, number = endpoint.model, versions.count(endpoint.model)
    known = model in books.trained
    records: list[VersionRecord] = []
    while number > books.trained.get(model, 0):
        records.append(versions.get(model, number))
        number -= 1
    hour = books.open
    for record in reversed(records):
        at = datetime.fromisoformat(record.created_at)
        if not known and at < start_of(books.open) - _BEFORE:
            continue
        hour = max(hour, min(hour_of(at), hour_of(now)))
        found.last.setdefault(hour, {})[model] = record.number
        if record.training_usd and micro_of(record.training_usd):
            account = Account(endpoint.team, model, record.number)
            found.entries.setdefault(hour, []).append(Entry.training(account, hour, micro_of(record.training_usd)))
