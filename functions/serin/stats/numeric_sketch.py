"""How were many numbers spread, in a few hundred whole numbers that add up over sandboxes and minutes?

    count_i = #{x : e_i <= x < e_(i+1)}        sum_i = sum of round(4096 (x - e_i) / (e_(i+1) - e_i)) over the same x

Both are integers, so any grouping of the same rows in any order gives the same sketch, bit for bit. A bin's mean is
known to 1/8192 of its width. What lies outside the bins is measured from them in units of their whole width, 65,536
units at most: one absurd value can't drown the rest.

Source of per-bin counts as mergeable summaries: Agarwal et al. 2012, "Mergeable summaries".
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from serin.stats.numeric_bins import LEVELS, Floats, NumericBins

__all__ = ["Integers", "NumericSketch"]

Integers: TypeAlias = npt.NDArray[np.int64]
_FARTHEST = LEVELS * 65_536.0
_AT_ONCE = 2**20  # float64 adds whole numbers exactly up to 2^53


class NumericSketch:
    """`counts` are of -inf, below, the bins, above, inf, NaN; `sums` of below, the bins, above. `update` adds in place.

    >>> bins = NumericBins.of([0.0, 1.0])
    >>> seen = NumericSketch(bins).update([0.0, 1.0, 1.0, 3.0, float("nan")])
    >>> seen.rows, seen.null, seen.infinite, seen.below, seen.above, round(seen.mean, 3)
    (5, 1, 0, 0, 1, 1.25)
    >>> (seen + seen).rows
    10
    """

    __slots__ = ("bins", "counts", "sums")

    def __init__(self, bins: NumericBins, counts: Integers | None = None, sums: Integers | None = None) -> None:
        self.bins = bins
        slots = bins.origins.size
        self.counts = np.zeros(slots + 3, np.int64) if counts is None else counts
        self.sums = np.zeros(slots, np.int64) if sums is None else sums

    def update(self, values: npt.ArrayLike) -> "NumericSketch":
        """Numbers of any type and shape."""
        numbers = np.asarray(values, np.float64).ravel()
        for start in range(0, numbers.size, _AT_ONCE):
            self._add(np.sort(numbers[start : start + _AT_ONCE]))
        return self

    def _add(self, ordered: Floats) -> None:
        """Sorting first makes this cheap: the edges are looked up among the values, not each value among the edges."""
        bins = self.bins
        ends = ordered.searchsorted(bins.boundaries)
        counts = np.diff(ends, prepend=0, append=ordered.size)
        first, last = ends[0], ends[-2]
        inside = counts[1:-2]
        place = ordered[first:last]
        with np.errstate(over="ignore"):
            place = (place - bins.origins.repeat(inside)) * bins.scales.repeat(inside)
        np.minimum(np.rint(place, out=place), _FARTHEST, out=place)
        running = np.zeros(place.size + 1)
        np.cumsum(place, out=running[1:])
        self.counts += counts
        self.sums += np.diff(running[ends[:-1] - first]).astype(np.int64)

    def __add__(self, other: "NumericSketch") -> "NumericSketch":
        """Raises ValueError for sketches in other bins."""
        if self.bins != other.bins:
            raise ValueError("Sketches in different bins don't add up: they are of different baselines or features.")
        return NumericSketch(self.bins, self.counts + other.counts, self.sums + other.sums)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NumericSketch):
            return NotImplemented
        same = np.array_equal(self.counts, other.counts) and np.array_equal(self.sums, other.sums)
        return self.bins == other.bins and same

    __hash__ = None  # type: ignore[assignment] # update changes it, and a base class declares a method here

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def null(self) -> int:
        return int(self.counts[-1])

    @property
    def infinite(self) -> int:
        return int(self.counts[0] + self.counts[-2])

    @property
    def below(self) -> int:
        return int(self.counts[1])

    @property
    def above(self) -> int:
        return int(self.counts[-3])

    @property
    def finite(self) -> Integers:
        """The counts of what has a place on the line: below, the bins, above."""
        return self.counts[1:-2]

    @property
    def distances(self) -> Floats:
        """By slot, how far its values lie from where it begins, added up; from where the bins begin for those below."""
        return np.abs(self.bins.widths) * self.sums / LEVELS

    @property
    def mean(self) -> float | None:
        """None without finite values."""
        counts = self.finite
        total = counts.sum()
        if not total:
            return None
        signs = np.sign(self.bins.widths)
        return float((self.bins.origins @ (counts / total)) + (signs @ (self.distances / total)))

    def to_dict(self) -> dict[str, Any]:
        """Without the bins, which many sketches share."""
        return {"counts": self.counts.tolist(), "sums": self.sums.tolist()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], bins: NumericBins) -> "NumericSketch":
        """Raises ValueError when it is no sketch in these bins."""
        slots = bins.origins.size
        counts, sums = whole_numbers(document, "counts", slots + 3), whole_numbers(document, "sums", slots)
        return cls(bins, counts, sums)


def whole_numbers(document: Mapping[str, Any], name: str, size: int) -> Integers:
    """A list of `size` counts. Raises ValueError when it is none."""
    found = document.get(name)
    if not isinstance(found, list) or len(found) != size or not all(type(n) is int and 0 <= n < 2**63 for n in found):
        raise ValueError(f"not a sketch in these bins: '{name}' must be {size} whole numbers from 0 up.")
    return np.array(found, np.int64)
