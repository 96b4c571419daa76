"""Figures of a version, and of the one that is live on the same rows, each with what chance may have done to it.

Both see the same draws of rows, so the difference is paired row by row: what makes rows hard for both cancels out.
"""

from collections.abc import Callable, Mapping

import numpy as np

from serin.evidence.bootstrap import BEYOND, DRAWS, Floats, percentiles, redraw
from serin.evidence.evaluation import Estimate
from serin.evidence.metrics import Figure

__all__ = ["compare", "estimate"]

_FEWEST = 10
"""Draws from fewer rows than this know nothing of what they haven't seen."""


def estimate(
    figures: Mapping[str, Figure], rows: int, *, draws: int = DRAWS, on_draw: Callable[[], None] = lambda: None
) -> dict[str, Estimate]:
    """Each figure with its 95 % interval."""
    return compare(figures, {}, rows, draws=draws, on_draw=on_draw)[0]


def compare(
    figures: Mapping[str, Figure],
    rival: Mapping[str, Figure],
    rows: int,
    *,
    draws: int = DRAWS,
    on_draw: Callable[[], None] = lambda: None,
) -> tuple[dict[str, Estimate], dict[str, Estimate], dict[str, Estimate]]:
    """Those of the version, those of its rival, and the differences between them, version minus rival."""
    every = [*figures.values(), *rival.values()]
    values = [figure.of(np.ones(rows)) for figure in every]
    drawn = redraw([figure.noise or figure.of for figure in every], rows, draws=draws, on_draw=on_draw)
    off = [drawn[:, place] - (0.0 if figure.noise else values[place]) for place, figure in enumerate(every)]
    names, rivals = list(figures), list(rival)
    own = {name: _single(every[place], values[place], off[place]) for place, name in enumerate(names)}
    other = {
        name: _single(every[place], values[place], off[place]) for place, name in enumerate(rivals, start=len(names))
    }
    differences = {}
    for place, name in enumerate(names):
        if name in rivals:
            at = len(names) + rivals.index(name)
            both = off[place] + off[at] if every[place].noise else off[place] - off[at]
            differences[name] = _interval(every[place], values[place] - values[at], both, lowest=-1.0)
    return own, other, differences


def _single(figure: Figure, value: float, off: Floats) -> Estimate:
    return _interval(figure, value, off, lowest=0.0)


def _interval(figure: Figure, value: float, off: Floats, lowest: float) -> Estimate:
    """Where no draw differs from the rows, n of them exclude only what would show among n: 1 - 0.025^(1/n)."""
    if figure.share and figure.weakest < _FEWEST:
        return Estimate(value, lowest, 1.0, figure.n)
    if figure.noise:
        reach = percentiles(off)[1]
        return Estimate(value, max(lowest, value - reach), min(1.0, value + reach), figure.n)
    low, high = percentiles(off)
    if figure.share and low == high:
        reach = 1 - BEYOND ** (1 / figure.weakest)
        return Estimate(value, max(lowest, value - reach), min(1.0, value + reach), figure.n)
    return Estimate(value, value + low, value + high, figure.n)
