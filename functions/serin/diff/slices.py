"""In which slices of the data do most predictions flip? The surest of the worst first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from serin.serving.tensors import Array
from serin.stats.counts import Counts
from serin.stats.proportion import Proportion
from serin.stats.rates import Interval
from serin.stats.special import ndtri

__all__ = ["Slice", "exact_interval", "slices_of"]

_FEWEST = 20
"""Rows, below which a slice says too little and would only widen the others' intervals."""
_CATEGORIES = 10
"""Up to so many values, a feature is looked at value by value."""
_MOST_VALUES = 30
_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Slice:
    """`interval` is simultaneous: all slices that were looked at hold the truth together with 1 - alpha."""

    name: str
    counts: Counts
    interval: Interval


def slices_of(columns: Mapping[str, Array], segments: Sequence[str], flips: Array, alpha: float) -> tuple[Slice, ...]:
    """Segments and categories by value, numbers by quarters; every one with at least 20 rows, worst first.

    `alpha` is shared by all of them and by the rate of all rows, which they are compared with. Sorted by the lower
    edge: a rate of 100 % in a handful of rows is no finding.
    """
    found = [
        (name, Counts(int(flips[member].sum()), int(member.sum())))
        for column, values in columns.items() if values.ndim == 1
        for name, member in _parts(column, values, by_value=column in segments)
        if _FEWEST <= member.sum() < len(flips)
    ]  # fmt: skip
    level = alpha / (len(found) + 1)
    slices = [Slice(name, counts, exact_interval(counts, level)) for name, counts in found]
    return tuple(sorted(slices, key=lambda one: (-one.interval.low, -(one.counts.rate or 0.0), one.name)))


def exact_interval(counts: Counts, alpha: float) -> Interval:
    """Clopper and Pearson's: at such small chances as many slices need, Wilson's is too narrow for few flips."""
    low, high = Proportion(counts.bad, counts.total).limits(ndtri(np.array([1 - alpha / 2])))
    return Interval(float(low[0]), float(high[0]))


def _parts(column: str, values: Array, *, by_value: bool) -> Iterator[tuple[str, Array]]:
    missing = _missing(values)
    if missing.any():
        yield f"{column} missing", missing
    there = values[~missing]
    texts = there.astype(str) if values.dtype.kind == "O" else there
    distinct, counts = np.unique(texts, return_counts=True)
    if by_value or values.dtype.kind == "O" or len(distinct) <= _CATEGORIES:
        whole = values.astype(str) if values.dtype.kind == "O" else values
        for value in distinct[np.argsort(-counts, kind="stable")][:_MOST_VALUES]:
            yield f"{column}={_written(value)}", (whole == value) & ~missing
    elif len(there):
        yield from _quarters(column, values, np.unique(np.quantile(there, _QUARTERS)))


def _quarters(column: str, values: Array, edges: Array) -> Iterator[tuple[str, Array]]:
    with np.errstate(invalid="ignore"):
        yield f"{column} ≤ {edges[0]:g}", values <= edges[0]
        for low, high in pairwise(edges):
            yield f"{low:g} < {column} ≤ {high:g}", (values > low) & (values <= high)
        yield f"{column} > {edges[-1]:g}", values > edges[-1]


def _missing(values: Array) -> Array:
    if values.dtype.kind == "O":
        return np.array([value is None for value in values], bool)
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else f"{float(value):g}"
