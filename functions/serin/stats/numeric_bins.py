"""Which bins is a number counted in? They are laid once, over the values of a baseline, so that sketches add up.

A bin holds at most 1/64 of the baseline, but for an atom: a value with more than that has a bin of its own, with an
edge on both sides, v <= x < next(v). Of 64 distinct values or fewer each is an atom, and nothing is rounded at all.
No bin is wider than 1/32 of the whole range, so that tails and gaps are seen too: that makes 65 to 100 bins as a rule.

Source of equal-mass bins: Mann & Wald 1942, "On the choice of the number of class intervals in the application of the
chi square test".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["LEVELS", "Floats", "NumericBins"]

Floats: TypeAlias = npt.NDArray[np.float64]
LEVELS = 4096
"""The steps in which a value's place within its bin is added up: whole numbers, whose sums have no order."""
_BINS = 64
_PARTS = 32
_LARGEST = 1e300  # beyond, widths overflow
_SMALLEST = 1e-290


@dataclass(frozen=True)
class NumericBins:
    """`cuts` are edges, `atoms` have one on both sides, `top` is the largest value; together they are `edges`.

    >>> bins = NumericBins.of([0.0, 0.0, 0.0, 2.5])
    >>> bins.atoms, len(bins.edges) - 1, bins.unit
    ((0.0, 2.5), 3, 2.5)
    """

    cuts: tuple[float, ...]
    atoms: tuple[float, ...]
    top: float

    @classmethod
    def of(cls, values: npt.ArrayLike) -> "NumericBins":
        """From a baseline's values, of which only the finite count; without any the bins are those of a lone 0."""
        found = np.asarray(values, np.float64).ravel()
        found = np.clip(found[np.isfinite(found)], -_LARGEST, _LARGEST) + 0.0  # no -0.0
        distinct, counts = np.unique(found if found.size else np.zeros(1), return_counts=True)
        few = distinct.size <= _BINS
        is_atom = np.ones(distinct.size, bool) if few else counts * _BINS > counts.sum()
        cuts = () if few else _cuts(distinct, counts, is_atom, max(1, int(counts.sum()) // _BINS))
        return cls(cuts, tuple(distinct[is_atom].tolist()), float(distinct[-1]))

    @cached_property
    def edges(self) -> Floats:
        ends = np.nextafter([*self.atoms, self.top], np.inf)
        # np.unique would import numpy.ma, while somebody waits for a sandbox's first answer.
        return np.array(sorted({*self.cuts, *self.atoms, *ends.tolist()}), np.float64)

    @cached_property
    def boundaries(self) -> Floats:
        """`edges`, and what parts -inf, inf and NaN from the rest: one search finds all."""
        return np.concatenate([[-np.finfo(np.float64).max], self.edges, [np.inf, np.nan]])

    @cached_property
    def unit(self) -> float:
        """The width of them all, in which the distance of a value outside is measured."""
        return max((self.top - float(self.edges[0])) or abs(self.top) or 1.0, _SMALLEST)

    @cached_property
    def origins(self) -> Floats:
        """Where each slot's values are measured from: what lies below, the bins, what lies above."""
        return np.concatenate([self.edges[:1], self.edges])

    @cached_property
    def widths(self) -> Floats:
        """In what each slot's values are measured; 0 for an atom's bin, below 0 for what lies below."""
        widths = np.diff(self.edges)
        point = (self.edges[1:] == np.nextafter(self.edges[:-1], np.inf)) | (widths < _SMALLEST)
        return np.concatenate([[-self.unit], np.where(point, 0.0, widths), [self.unit]])

    @cached_property
    def scales(self) -> Floats:
        return np.divide(LEVELS, self.widths, out=np.zeros(self.widths.size), where=self.widths != 0)

    def to_dict(self) -> dict[str, Any]:
        return {"cuts": list(self.cuts), "atoms": list(self.atoms), "top": self.top}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "NumericBins":
        """Raises ValueError when these are no bins."""
        try:
            cuts, atoms = (tuple(map(float, document[name])) for name in ("cuts", "atoms"))
            bins = cls(cuts, atoms, float(document["top"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the bins of a number: {error!r}") from None
        if not (cuts or atoms) or not np.isfinite(bins.edges).all() or max(*cuts, *atoms, bins.top) > bins.top:
            raise ValueError("not the bins of a number: their edges are not finite, or lie beyond the top.")
        return bins


def _cuts(
    distinct: Floats, counts: npt.NDArray[np.int64], is_atom: npt.NDArray[np.bool_], most: int
) -> tuple[float, ...]:
    """The left edges of as few bins as may be, of `most` values each; behind an atom there is an edge already."""
    until = np.cumsum(counts)
    atoms = [*np.flatnonzero(is_atom).tolist(), distinct.size]
    cuts, at = [], 0
    while at < distinct.size:
        if atoms[0] == at:
            atoms.pop(0)
            at += 1
            continue
        if not at or not is_atom[at - 1]:
            cuts.append(float(distinct[at]))
        full = int(np.searchsorted(until, until[at] - counts[at] + most, side="right"))
        at = min(max(full, at + 1), atoms[0])
    return _without_wide(cuts, [*cuts, *distinct[is_atom].tolist(), float(distinct[-1])])


def _without_wide(cuts: list[float], edges: list[float]) -> tuple[float, ...]:
    ordered = sorted(edges)
    widest = (ordered[-1] - ordered[0]) / _PARTS
    for low, high in pairwise(ordered):
        parts = math.ceil((high - low) / widest) if widest else 1
        cuts += [low + (high - low) * part / parts for part in range(1, parts)]
    return tuple(sorted(cuts))
