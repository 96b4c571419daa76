"""How often was each category seen, where the categories are those of a baseline?

The 64 most frequent of the baseline have a count each; `other` counts what the baseline has beyond them, `unseen` what
it has not, `null` what is missing. Which categories are `other` is kept as 32-bit checksums, 4,096 at most: one in a
million unseen ones passes for known. With more than that, what is not at the top counts as `other` and never as unseen.
"""

import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from serin.stats.numeric_sketch import Integers, whole_numbers

__all__ = ["CategoryBins", "CategorySketch"]

_TOP = 64
_KNOWN = 4096
_LONGEST = 48


@dataclass(frozen=True)
class CategoryBins:
    """`known` are checksums of the categories beyond `top`, None where there are too many.

    >>> CategoryBins.of(["LGA", "JFK", "LGA"]).top
    ('LGA', 'JFK')
    """

    top: tuple[str, ...]
    known: frozenset[int] | None = frozenset()

    @classmethod
    def of(cls, values: npt.ArrayLike) -> "CategoryBins":
        counted = _count(values)
        counted.pop(None, None)
        names = sorted(counted, key=lambda name: (-counted[name], str(name)))
        rest = names[_TOP:]
        known = frozenset(_checksum(str(name)) for name in rest) if len(rest) <= _KNOWN else None
        return cls(tuple(map(str, names[:_TOP])), known)

    @cached_property
    def places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.top)}

    def place(self, name: str | None) -> int:
        if name is None:
            return len(self.top) + 2
        place = self.places.get(name)
        if place is not None:
            return place
        return len(self.top) + (self.known is not None and _checksum(name) not in self.known)

    def to_dict(self) -> dict[str, Any]:
        known = None if self.known is None else b64encode(np.array(sorted(self.known), "<u4").tobytes()).decode()
        return {"top": list(self.top), "known": known}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "CategoryBins":
        """Raises ValueError when these are no categories."""
        try:
            raw = document["known"]
            known = None if raw is None else frozenset(np.frombuffer(b64decode(raw, validate=True), "<u4").tolist())
            return cls(tuple(map(str, document["top"])), known)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the categories of a feature: {error!r}") from None


class CategorySketch:
    """`counts` are of the top categories, other, unseen, null. `update` adds in place.

    >>> seen = CategorySketch(CategoryBins.of(["LGA", "JFK"])).update(["LGA", "EWR", None])
    >>> seen.rows, seen.of("LGA"), seen.other, seen.unseen, seen.null
    (3, 1, 0, 1, 1)
    """

    __slots__ = ("bins", "counts")

    def __init__(self, bins: CategoryBins, counts: Integers | None = None) -> None:
        self.bins = bins
        self.counts = np.zeros(len(bins.top) + 3, np.int64) if counts is None else counts

    def update(self, values: npt.ArrayLike) -> "CategorySketch":
        """Texts of any shape; None and NaN are missing."""
        for name, number in _count(values).items():
            self.counts[self.bins.place(name)] += number
        return self

    def __add__(self, other: "CategorySketch") -> "CategorySketch":
        """Raises ValueError for sketches of other categories."""
        if self.bins != other.bins:
            raise ValueError("Sketches of different categories don't add up: they are of different baselines.")
        return CategorySketch(self.bins, self.counts + other.counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CategorySketch):
            return NotImplemented
        return self.bins == other.bins and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment] # update changes it, and a base class declares a method here

    def of(self, category: str) -> int:
        """How often one of the top categories was seen. Raises KeyError for any other."""
        return int(self.counts[self.bins.places[_short(category)]])

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def other(self) -> int:
        return int(self.counts[-3])

    @property
    def unseen(self) -> int:
        return int(self.counts[-2])

    @property
    def null(self) -> int:
        return int(self.counts[-1])

    def to_dict(self) -> dict[str, Any]:
        """Without the categories, which many sketches share."""
        return {"counts": self.counts.tolist()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], bins: CategoryBins) -> "CategorySketch":
        """Raises ValueError when it is no sketch of these categories."""
        return cls(bins, whole_numbers(document, "counts", len(bins.top) + 3))


def _count(values: npt.ArrayLike) -> Counter[str | None]:
    """By the name that a category goes by; what is missing under None."""
    seen: Iterable[tuple[Any, int]] = Counter(np.asarray(values, object).ravel().tolist()).items()
    named: Counter[str | None] = Counter()
    for value, number in seen:
        missing = value is None or value != value  # noqa: PLR0124 - NaN alone differs from itself
        named[None if missing else _short(str(value))] += number
    return named


def _short(name: str) -> str:
    """Free text must not make the sketch large."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[:32]}…{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _checksum(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass"))
