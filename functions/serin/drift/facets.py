"""In which ways can a series of a window differ from the baseline's, and by how much does each?

    shape      the largest difference of the shares below any point (Kolmogorov-Smirnov, over the edges of the bins);
               of categories, from the most frequent one down
    null       more or fewer missing values             infinite   the same for infinite ones
    unseen     the share of values where the baseline has none: out of its range, in its gaps, other categories
    crowded    by how much the fullest slot exceeds the baseline's share of it: a sensor that is stuck, a default
    place      how far the mean has moved, in standard deviations; by the middles of the bins, and at most to their ends

All but the last are shares, from 0 to 1: where a series varies much by itself its shape can't be much farther off than
it always is, but its place can. Counts alone decide, so it does not matter how many rows they came from.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from serin.drift.series import Sketch
from serin.stats.exchangeable import log_chance, log_chance_above
from serin.stats.numeric_bins import Floats
from serin.stats.numeric_sketch import NumericSketch

__all__ = ["FACETS", "FLOORS", "Counted", "Facets", "facets", "log_chances", "middles"]

FACETS = ("shape", "null", "infinite", "unseen", "crowded", "place")
FLOORS: Floats = np.array([0.1, 0.02, 0.01, 0.02, 0.1, 0.25])
"""What is smaller does not matter, however surely it is there. A tenth of the rows across one point is a quarter of a
standard deviation for a normal series, the least that moves a tree ensemble's AUC by more than noise; two rows in a
hundred missing or unknown is what ordinary upstream trouble amounts to, and infinite values have no ordinary share."""
_KOLMOGOROV = np.pi**2 / 12
"""The mean of the square of sqrt(n) D for n continuous rows (Kolmogorov 1933); it is less where there are ties."""
_SURE = -20.0

Counted: TypeAlias = npt.NDArray[np.float64]
"""One line of slots a window, as sketches count them."""


@dataclass(frozen=True)
class Facets:
    """Distances, and the variance that chance gives them in rows drawn alike: a line a window, a column a facet."""

    distance: Floats
    noise: Floats


def middles(sketch: Sketch) -> Floats | None:
    """Where on the line each slot of finite numbers is; None for categories."""
    if not isinstance(sketch, NumericSketch):
        return None
    edges = sketch.bins.edges
    return np.concatenate([edges[:1], (edges[:-1] + edges[1:]) / 2, edges[-1:]])


def facets(windows: Counted, rest: Counted, points: Floats | None) -> Facets:
    """Each window's counts against those of `rest`, both of shape [windows, slots]. Without rows on a side, zero.

    `points` are the `middles` of the slots, None for categories.
    """
    numeric = points is not None
    values, others, nulls, other_nulls = _values(windows, numeric), _values(rest, numeric), windows[:, -1], rest[:, -1]
    m, n = windows.sum(axis=1), rest.sum(axis=1)
    p, q, present = _shares(values), _shares(others), _present(values, others)
    shape = np.abs(np.cumsum(p - q, axis=1)).max(axis=1) * present
    infinite, other_infinite = _infinite(windows, numeric), _infinite(rest, numeric)
    unseen = np.where(others == 0, p, 0.0).sum(axis=1) * present
    lines = np.arange(len(windows))
    fullest = _inside(p - q, numeric).argmax(axis=1) + numeric
    crowded = np.maximum((p - q)[lines, fullest], 0.0) * present
    of_values = _per_row(values.sum(axis=1), others.sum(axis=1))
    of_rows = _per_row(m, n)
    share = (values + others)[lines, fullest] / np.maximum(1.0, values.sum(axis=1) + others.sum(axis=1))
    place = np.zeros(len(windows)) if points is None else _moved(p, q, points) * present
    distance = [shape, _gap(nulls, m, other_nulls, n), _gap(infinite, m, other_infinite, n), unseen, crowded, place]
    noise = [
        _KOLMOGOROV * of_values,
        _variance(nulls + other_nulls, m + n) * of_rows,
        _variance(infinite + other_infinite, m + n) * of_rows,
        _variance(unseen * values.sum(axis=1), values.sum(axis=1) + others.sum(axis=1)) * of_values,
        _variance(share * (m + n), m + n) * of_values,
        of_values,
    ]
    return Facets(np.column_stack(distance), np.column_stack(noise))


def log_chances(window: Counted, baseline: Counted, numeric: bool, once: int = 0) -> Floats:
    """For each facet the logarithm of the chance of such a difference or a larger one between rows drawn alike.

    Exact bounds for any distribution, joined by the union bound over edges and slots (`serin.stats.exchangeable`). That
    bins begin at values of the baseline does no harm: how many of the window's values lie below the baseline's y-th is
    a negative hypergeometric count, whose tails are those of the hypergeometric one, or smaller.
    `once` is how many categories the baseline has seen once, or has not kept the count of: a new row is of none that it
    has with a chance of about once / n (Good 1953), which that of the rows to come exceeds by sqrt(20 / n) with a
    chance of e^-20 at most (McAllester & Ortiz 2003). A place differs where the distribution does: as for the shape.
    """
    values, others = _values(window[None], numeric)[0], _values(baseline[None], numeric)[0]
    m, n, rows, other_rows = values.sum(), others.sum(), window.sum(), baseline.sum()
    edges = _least(log_chance(np.cumsum(values)[:-1], m, np.cumsum(others)[:-1], n), values.size)
    slots = log_chance(values, m, others, n)
    null = log_chance(window[-1], rows, baseline[-1], other_rows)
    infinite = log_chance(_infinite(window[None], numeric)[0], rows, _infinite(baseline[None], numeric)[0], other_rows)
    if numeric:
        unseen = _least(slots[others == 0], slots.size)
    else:
        rare = min(1.0, once / max(n, 1) + float(np.sqrt(-_SURE / max(n, 1))))
        unseen = float(np.logaddexp(_SURE, log_chance_above(float(values[-1]), float(m), rare)))
    crowded = _least(_inside(slots[None], numeric)[0], slots.size)
    return np.array([edges, float(null), float(infinite), unseen, crowded, edges])


def _moved(p: Counted, q: Counted, points: Floats) -> Floats:
    """In standard deviations of `q`, of which constant ones have none."""
    means = q @ points
    deviation = np.sqrt(np.maximum(q @ points**2 - means**2, 0.0))
    known = deviation > 1e-9 * np.maximum(1e-300, np.abs(points).max())
    return np.asarray(np.where(known, np.abs(p @ points - means) / np.where(known, deviation, 1.0), 0.0))


def _least(chances: Floats, tests: int) -> float:
    """Of as many as could have been the least; which slots are empty, the baseline decides."""
    return min(0.0, float(chances.min()) + float(np.log(tests))) if chances.size else 0.0


def _values(counts: Counted, numeric: bool) -> Counted:
    """Of what has a place: finite numbers, or categories with what was never seen as the last."""
    return counts[:, 1:-2] if numeric else counts[:, :-1]


def _inside(values: Counted, numeric: bool) -> Counted:
    """Without what lies below and above all bins, where no value is like another."""
    return values[:, 1:-1] if numeric else values


def _infinite(counts: Counted, numeric: bool) -> Counted:
    return np.asarray(counts[:, 0] + counts[:, -2] if numeric else np.zeros(len(counts)))


def _shares(values: Counted) -> Counted:
    return np.asarray(values / np.maximum(values.sum(axis=1, keepdims=True), 1.0))


def _present(values: Counted, others: Counted) -> npt.NDArray[np.bool_]:
    return np.asarray((values.sum(axis=1) > 0) & (others.sum(axis=1) > 0))


def _per_row(m: Floats, n: Floats) -> Floats:
    return np.asarray(1 / np.maximum(m, 1.0) + 1 / np.maximum(n, 1.0))


def _gap(x: Floats, m: Floats, y: Floats, n: Floats) -> Floats:
    return np.abs(x / np.maximum(m, 1.0) - y / np.maximum(n, 1.0))


def _variance(marked: Floats, rows: Floats) -> Floats:
    """Of one row, with half a row more on either side: a rate that was never seen is not known to be zero."""
    share = (marked + 0.5) / (rows + 1.0)
    return np.asarray(share * (1 - share))
