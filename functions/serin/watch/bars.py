"""What does a series look like, then and now? Twenty bars or so, whatever bins it was counted in."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from serin.drift.series import Sketch
from serin.stats.category_sketch import CategorySketch
from serin.stats.numeric_bins import Floats
from serin.stats.numeric_sketch import NumericSketch

__all__ = ["Bar", "bars"]

_MOST = 18
_TAIL = 0.01
"""What lies beyond these quantiles of the baseline has one bar on each side: far values would squeeze all others."""


@dataclass(frozen=True)
class Bar:
    """Shares of all rows, then and now."""

    label: str
    before: float
    now: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def bars(before: Sketch, now: Sketch) -> tuple[Bar, ...]:
    """In the order of the values, or of their frequency; then what has no place there, as far as there is any. Raises
    TypeError for sketches of two kinds."""
    if isinstance(before, NumericSketch) and isinstance(now, NumericSketch):
        return tuple(one for one in _numbers(before, now) if one)
    if isinstance(before, CategorySketch) and isinstance(now, CategorySketch):
        return tuple(one for one in _categories(before, now) if one)
    raise TypeError("a series of numbers can't be compared with one of categories")


def _numbers(before: NumericSketch, now: NumericSketch) -> Iterator[Bar | None]:
    edges, labels = _display(before)
    for label, one, other in zip(labels, _shares(before, edges), _shares(now, edges), strict=True):
        outer = label[0] in "<≥"
        yield None if outer and not one and not other else Bar(label, float(one), float(other))
    yield _rest("infinite", before.infinite, before.rows, now.infinite, now.rows)
    yield _rest("missing", before.null, before.rows, now.null, now.rows)


def _display(sketch: NumericSketch) -> tuple[Floats, list[str]]:
    """The edges of the bars, with what stands under each bar: before the first edge, between, behind the last."""
    bins = sketch.bins
    if not bins.cuts and len(bins.atoms) <= _MOST:
        middles = (np.array(bins.atoms[1:]) + np.array(bins.atoms[:-1])) / 2
        edges = np.concatenate([bins.edges[:1], middles, bins.edges[-1:]])
        inner = [f"{atom:.4g}" for atom in bins.atoms]
    else:
        low, high = map(float, np.interp((_TAIL, 1 - _TAIL), _cumulated(sketch), bins.edges))
        if not low < high:  # one value is nearly all of them
            low, high = float(bins.edges[0]), float(bins.edges[-1])
        edges = np.linspace(low, high, _MOST + 1)
        inner = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
    return edges, [f"< {edges[0]:.4g}", *inner, f"≥ {edges[-1]:.4g}"]


def _shares(sketch: NumericSketch, edges: Floats) -> Floats:
    """Of all rows; within a bin values are taken as spread evenly."""
    finite = sketch.finite.sum() / max(1, sketch.rows)
    until = np.interp(edges, sketch.bins.edges, _cumulated(sketch))
    return np.asarray(np.diff(until, prepend=0.0, append=1.0) * finite)


def _cumulated(sketch: NumericSketch) -> Floats:
    """At each edge of the bins, the share of the finite values that lie below it."""
    counts = sketch.finite
    return np.asarray(np.cumsum(counts[:-1]) / max(1, counts.sum()))


def _categories(before: CategorySketch, now: CategorySketch) -> Iterator[Bar | None]:
    names = before.bins.top
    top = len(names)
    larger = np.maximum(before.counts[:top] / max(1, before.rows), now.counts[:top] / max(1, now.rows))
    shown = sorted(np.argsort(-larger, kind="stable")[:_MOST].tolist())
    for place in shown:
        yield _rest(names[place], int(before.counts[place]), before.rows, int(now.counts[place]), now.rows)
    hidden: list[int] = np.setdiff1d(np.arange(top + 1), shown).tolist()
    rest = {"others": hidden, "unseen before": [top + 1], "missing": [top + 2]}
    for label, places in rest.items():
        one, other = (int(sketch.counts[places].sum()) for sketch in (before, now))
        yield _rest(label, one, before.rows, other, now.rows)


def _rest(label: str, before: int, rows_before: int, now: int, rows_now: int) -> Bar | None:
    if not before and not now:
        return None
    return Bar(label, before / max(1, rows_before), now / max(1, rows_now))
