"""Which rows belong together? Those alike in one declared column, or in two of them."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serin.errors import InvalidSettings

__all__ = ["KEPT", "MISSING", "OTHER", "Codes", "Split", "splits"]

MISSING, OTHER = "(missing)", "(other)"
KEPT = 20
_LONGEST = 40
_MOST_GROUPS = 1000

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """All rows, each in one of the groups: `codes` are places in `names`. `empty` combinations have no row at all."""

    columns: tuple[str, ...]
    names: tuple[str, ...]
    codes: Codes
    empty: int = 0


def splits(columns: Mapping[str, Any]) -> tuple[Split, ...]:
    """By each column, then by each pair of them.

    Over twenty different numbers become ranges between quartiles, over twenty different texts the twenty most frequent
    and "(other)"; texts are cut after 40 characters. What is missing is a group, too.

    >>> [split.names for split in splits({"sex": ["F", "M", None], "age": [30, 40, 30]})]
    [('sex=(missing)', 'sex=F', 'sex=M'), ('age=30', 'age=40'), \
('sex=(missing) & age=30', 'sex=F & age=30', 'sex=M & age=40')]

    Raises InvalidSettings for more groups than anybody reads, or than a record can hold.
    """
    singles = [_single(name, _values(values)) for name, values in columns.items()]
    found = (*singles, *(_crossed(one, two) for one, two in combinations(singles, 2)))
    groups = sum(len(split.names) for split in found)
    if groups > _MOST_GROUPS:
        raise InvalidSettings(
            f"The columns {', '.join(columns)} and their pairs make {groups:,} groups, {_MOST_GROUPS:,} are allowed: "
            "declare fewer columns, or columns with fewer values."
        )
    return found


def _single(column: str, texts: list[str]) -> Split:
    names, codes = np.unique(np.array(texts, object).astype(str), return_inverse=True)
    return Split((column,), tuple(f"{column}={name}" for name in names.tolist()), codes.astype(np.int64))


def _crossed(one: Split, two: Split) -> Split:
    there, codes = np.unique(one.codes * len(two.names) + two.codes, return_inverse=True)
    pairs = [divmod(place, len(two.names)) for place in there.tolist()]
    names = tuple(f"{one.names[first]} & {two.names[second]}" for first, second in pairs)
    empty = len(one.names) * len(two.names) - len(names)
    return Split((*one.columns, *two.columns), names, codes.astype(np.int64), empty)


def _values(raw: Any) -> list[str]:
    """What each row is called."""
    values = [None if _is_missing(value) else value for value in np.asarray(raw, object).ravel().tolist()]
    if len(set(values)) <= KEPT:
        return [MISSING if value is None else _text(value) for value in values]
    numbers = [_number(value) for value in values if value is not None]
    if all(number is not None for number in numbers):
        return list(_ranges([_number(value) for value in values]))
    return list(_frequent([None if value is None else _text(value) for value in values]))


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or value != value  # noqa: PLR0124 - NaN, of whatever type


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(found) else found


def _text(value: Any) -> str:
    """2.0 is 2, as in a file that says 2. On one line, as reasons and tables are."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return f"{value:g}" if isinstance(value, float) else _line(str(value))[:_LONGEST]


def _line(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _ranges(numbers: list[float | None]) -> Iterator[str]:
    """Edges are values that are there."""
    known = np.array([number for number in numbers if number is not None])
    edges = np.unique(np.quantile(known, [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf"))
    texts = [_text(edge) for edge in edges.tolist()]
    names = [f"{'over ' if place else ''}{low} to {high}" for place, (low, high) in enumerate(pairwise(texts))]
    for number in numbers:
        yield MISSING if number is None else names[max(0, int(np.searchsorted(edges, number)) - 1)]


def _frequent(texts: list[str | None]) -> Iterator[str]:
    counted = Counter(text for text in texts if text is not None)
    kept = {text for text, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:KEPT]}
    return (MISSING if text is None else text if text in kept else OTHER for text in texts)
