"""Which groups are too small to tell, and how many rows of them would do?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serin.fairness.gaps import Comparison, Kind
from serin.stats.mixture import Array
from serin.stats.rows_to_tell import rows_to_tell

__all__ = ["Shortage", "shortages"]


@dataclass(frozen=True)
class Shortage:
    """A group of `rows` needs about `needed`, if its figure stays what it is; None where no number would do."""

    group: str
    rows: int
    needed: int | None


def shortages(
    comparison: Comparison, kind: Kind, limit: float, places: Sequence[int], least: int
) -> tuple[Shortage, ...]:
    """The neediest first.

    The bound of a pair is its difference and some sqrt(h_i^2 + h_j^2), h the half width of a group's own limits. It
    tells on which side of the limit the pair is once that is smaller than m, the distance of what was seen from the
    limit. What few rows show is mostly chance: so m is taken to be at least half of what it is for groups that are
    alike, unless every group is large enough for that.
    """
    alike, seen = _distances(comparison, kind, limit, places)
    for distance in (np.maximum(seen, alike / 2), seen):
        halves = _halves(comparison, places, distance)
        short = [_short(comparison, place, half, least) for place, half in zip(places, halves.tolist(), strict=True)]
        found = [one for one in short if one is not None]
        if found:
            return tuple(sorted(found, key=lambda one: -math.inf if one.needed is None else -one.needed))
    return ()


def _distances(comparison: Comparison, kind: Kind, limit: float, places: Sequence[int]) -> tuple[Array, Array]:
    """From the limit, pair by pair, for groups that are alike and as they were seen. A group of which nothing was seen
    is taken to be in the middle."""
    values = [comparison.samples[place].value for place in places]
    known = [value for value in values if value is not None]
    middle = (min(known) + max(known)) / 2 if known else 0.0
    seen = np.array([middle if value is None else value for value in values])
    high, low = np.maximum(seen[:, None], seen), np.minimum(seen[:, None], seen)
    if kind is Kind.DIFFERENCE:
        return np.full_like(high, limit), np.abs(limit - (high - low))
    return (1 - limit) * high, np.abs(low - limit * high)


def _halves(comparison: Comparison, places: Sequence[int], distance: Array) -> Array:
    """The half width that each group needs: m / sqrt(2), or beside a group j that has less sqrt(m^2 - h_j^2)."""
    values = np.array([comparison.samples[place].value for place in places], np.float64)
    low, high = comparison.bounds.low[list(places)], comparison.bounds.high[list(places)]
    now = np.nan_to_num(np.maximum(values - low, high - values), nan=np.inf)
    needed = np.sqrt(distance**2 - np.minimum(now, distance / math.sqrt(2)) ** 2)
    np.fill_diagonal(needed, np.inf)
    return np.asarray(needed.min(axis=1))


def _short(comparison: Comparison, place: int, half: float, least: int) -> Shortage | None:
    """A sample may be a part of the rows, such as the positive ones."""
    sample, counts = comparison.samples[place], tuple(comparison.split.counts.values())
    rows = counts[place].rows
    needed = rows_to_tell(sample, comparison.r, half) or (least if not sample.n else None)
    if needed is not None:
        seen = sum(one.n for one in comparison.samples)
        share = sample.n / rows if sample.n else seen / sum(one.rows for one in counts) if seen else 1.0
        needed = max(least, _rounded(needed / share))
    return Shortage(comparison.names[place], rows, needed) if needed is None or needed > rows else None


def _rounded(rows: float) -> int:
    """Up to two digits."""
    step: int = 10 ** max(0, math.floor(math.log10(rows)) - 1)
    return int(step * math.ceil(rows / step))
