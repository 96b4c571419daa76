"""Did an array of a model move, and how far? Weights, thresholds of trees, lists of labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from serin.serving.tensors import Array

__all__ = ["Distance", "Weight", "by_distance", "moved"]

_CHUNK = 1 << 20  # entries that are compared at a time, in double precision


@dataclass(frozen=True)
class Distance:
    """Of two arrays of one shape, over the entries that are finite in both. `changed` counts all, by their bits."""

    changed: int
    total: int
    largest: float = 0.0
    norm: float = 0.0
    norm_before: float = 0.0
    norm_after: float = 0.0

    @property
    def share(self) -> float:
        return self.changed / self.total if self.total else 0.0

    @property
    def relative(self) -> float | None:
        """‖after - before‖₂ / ‖before‖₂; None where everything was zero."""
        return self.norm / self.norm_before if self.norm_before else None


@dataclass(frozen=True)
class Weight:
    """An array that is in both versions and differs. `distance` is None where there is none: the shapes differ."""

    path: str
    types: tuple[str, str]
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    distance: Distance | None

    def to_dict(self) -> dict[str, Any]:
        document: dict[str, Any] = {"path": self.path, "types": self.types, "shapes": self.shapes}
        if self.distance is None:
            return document
        one = self.distance
        figures: Mapping[str, Any] = {
            "changed": one.changed, "total": one.total, "share": one.share, "largest": one.largest,
            "relative": one.relative,
        }  # fmt: skip
        return {**document, **figures}


def moved(path: str, before: Array, after: Array, types: tuple[str, str]) -> Weight | None:
    """None where shape, type and every bit are the same; 0.0 and -0.0 differ."""
    if before.shape != after.shape:
        return Weight(path, types, (before.shape, after.shape), None)
    found = _distance(before.reshape(-1), after.reshape(-1))
    if not found.changed and types[0] == types[1]:
        return None
    return Weight(path, types, (before.shape, after.shape), found)


def by_distance(weights: Iterable[Weight]) -> list[Weight]:
    """What has another size first, then the farthest by its own norm."""
    return sorted(weights, key=lambda one: (one.distance is not None, -_relative(one), one.path))


def _relative(one: Weight) -> float:
    if one.distance is None:
        return 0.0
    found = one.distance.relative
    return found if found is not None else float(one.distance.norm > 0)


def _distance(before: Array, after: Array) -> Distance:
    changed, largest, squares = 0, 0.0, np.zeros(3)
    for at in range(0, before.size, _CHUNK):
        one, two = before[at : at + _CHUNK], after[at : at + _CHUNK]
        changed += int(np.count_nonzero(_differ(one, two)))
        if "O" in (one.dtype.kind, two.dtype.kind):
            continue
        one, two = _wide(one), _wide(two)
        finite = np.isfinite(one) & np.isfinite(two)
        one, two = one[finite], two[finite]
        gap = np.abs(two - one)
        largest = max(largest, float(gap.max(initial=0.0)))
        squares += [float(np.vdot(values, values).real) for values in (gap, one, two)]
    return Distance(changed, before.size, largest, *(sqrt(value) for value in squares))


def _differ(before: Array, after: Array) -> Array:
    if "O" in (before.dtype.kind, after.dtype.kind):
        return np.asarray(before != after)
    if before.dtype != after.dtype:
        one, two = _wide(before), _wide(after)
        return np.asarray((one != two) & ~(np.isnan(one) & np.isnan(two)))
    bits = [np.ascontiguousarray(array).view(np.uint8).reshape(array.size, -1) for array in (before, after)]
    return np.asarray((bits[0] != bits[1]).any(axis=1))


def _wide(array: Array) -> Array:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
