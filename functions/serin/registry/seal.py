"""Was an entry of the audit trail changed after it was written? A sealed copy of each tells.

The controller adds copies at each look. Nothing but the copies themselves says what is sealed, so that it may die
anywhere; a process remembers what it has seen, and then reads only what is young.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import orjson

from serin.registry.records import AuditEntry

__all__ = ["Checked", "Copies", "Seal", "Sealer", "Trail", "compared", "copy_name", "folder"]

_YOUNG = timedelta(hours=1)


class Trail(Protocol):
    """The entries that were written."""

    def of(self, model: str, *, since: datetime | None = None) -> tuple[AuditEntry, ...]:
        """Oldest first, by the time in their ids."""


class Copies(Protocol):
    """Where what was written stays."""

    def keys(self, prefix: str) -> Iterable[str]: ...

    def put(self, key: str, data: bytes) -> None:
        """Does nothing where there is one already."""


class Seal(StrEnum):
    """What the copy says of an entry."""

    SEALED = "sealed"
    OPEN = "not yet sealed"
    DIFFERS = "differs from its sealed copy"
    MISSING = "missing in the table"

    @property
    def broken(self) -> bool:
        return self in {Seal.DIFFERS, Seal.MISSING}


@dataclass(frozen=True)
class Checked:
    """An entry, and what its copy says. Where both differ it is the copy that is shown: it is what was written."""

    entry: AuditEntry
    seal: Seal


@dataclass
class Sealer:
    """One for each process. Its first look at a model is at everything, and finds what came late or was left over."""

    trail: Trail
    copies: Copies
    _known: dict[str, set[str]] = field(default_factory=dict)

    def look(self, model: str, now: datetime) -> int:
        """Copies what has no copy yet; how many were new. Raises what reading or writing raises, at any of them."""
        first = model not in self._known
        known = set(self.copies.keys(folder(model))) if first else self._known[model]
        count = 0
        for entry in self.trail.of(model, since=None if first else now - _YOUNG):
            name = copy_name(model, entry.id)
            if name not in known:
                self.copies.put(name, orjson.dumps(entry.to_dict(), option=orjson.OPT_SORT_KEYS))
                known.add(name)
                count += 1
        self._known[model] = known  # after the loop: who died in it looks at everything again
        return count


def copy_name(model: str, id: str) -> str:
    return f"{folder(model)}{id}.json"


def compared(written: Iterable[AuditEntry], copies: Mapping[str, AuditEntry]) -> Iterator[Checked]:
    """All entries of one model, oldest first; `copies` by id."""
    present = {entry.id: entry for entry in written}
    for id in sorted(present.keys() | copies.keys()):
        if id not in copies:
            yield Checked(present[id], Seal.OPEN)
        elif id not in present:
            yield Checked(copies[id], Seal.MISSING)
        else:
            yield Checked(copies[id], Seal.SEALED if present[id] == copies[id] else Seal.DIFFERS)


def folder(model: str) -> str:
    """Where the copies of a model are."""
    return f"{model}/"
