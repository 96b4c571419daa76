"""How far has the ledger come? Hours before `open` are closed: they were counted for good, and never change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from serin.cost.entry import TRAINING, Entry
from serin.cost.hour import month_of
from serin.cost.ledger import total

__all__ = ["RUNNING", "Books", "Counted", "Seen", "Spent", "spent_in"]

RUNNING = "running"
Spent = Mapping[tuple[str, str, str], int]
"""Micro-dollars by team, model, and what for: RUNNING or TRAINING."""


@dataclass(frozen=True)
class Seen:
    """What an hour was counted for: requests of each endpoint, and versions whose training it pays. While that is the
    same there is nothing to count anew."""

    requests: Mapping[str, int] = field(default_factory=dict)
    trained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    """All entries of one hour. `at` is when that was, in ms since 1970."""

    hour: str
    entries: tuple[Entry, ...]
    seen: Seen = Seen()
    at: int = 0
    closed: bool = False

    @property
    def micro(self) -> int:
        return total(self.entries)

    def to_dict(self) -> dict[str, Any]:
        return {
            "hour": self.hour, "micro": self.micro, "entries": [entry.to_dict() for entry in self.entries],
            "requests": dict(self.seen.requests), "trained": list(self.seen.trained), "at": self.at,
            "closed": self.closed,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        entries = tuple(map(Entry.from_dict, document["entries"]))
        seen = Seen(document["requests"], tuple(document["trained"]))
        return cls(document["hour"], entries, seen, document["at"], document["closed"])


@dataclass(frozen=True)
class Books:
    """`spent` is what the closed hours of the month of `open` cost; `trained` is up to which version of each model
    training is on the ledger."""

    open: str
    spent: Spent = field(default_factory=dict)
    trained: Mapping[str, int] = field(default_factory=dict)
    revision: int = 0

    def close(self, hours: Iterable[Counted], after: str, trained: Mapping[str, int]) -> "Books":
        """As they are when these hours are closed too, and `after` is the first that is open."""
        before = self.spent if month_of(after) == month_of(self.open) else {}
        spent = spent_in(month_of(after), hours, before)
        return Books(after, spent, {**self.trained, **trained}, self.revision)

    def to_dict(self) -> dict[str, Any]:
        spent = [
            {"team": team, "model": model, "for": what, "micro": micro}
            for (team, model, what), micro in self.spent.items()
        ]
        return {"open": self.open, "spent": spent, "trained": dict(self.trained)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], revision: int) -> Self:
        spent = {(one["team"], one["model"], one["for"]): one["micro"] for one in document["spent"]}
        return cls(document["open"], spent, document["trained"], revision)


def spent_in(month: str, hours: Iterable[Counted], before: Spent) -> dict[tuple[str, str, str], int]:
    """What these hours cost, as far as they are of the month, on top of what there is."""
    found = dict(before)
    for one in hours:
        if month_of(one.hour) == month:
            for entry in one.entries:
                for code, line in entry.lines.items():
                    key = (entry.account.team, entry.account.model, TRAINING if code == TRAINING else RUNNING)
                    found[key] = found.get(key, 0) + line.micro
    return found
