"""How far may a figure be off by chance? By how much it varies when the rows are drawn anew from themselves.

A draw takes as many rows as there are, with repetition, and is written as how often each was taken, so that a statistic
sees whole weights and no copies. The percentile interval leaves 2.5 % of the draws out at each end.

Source: Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["BEYOND", "DRAWS", "Floats", "Statistic", "percentiles", "redraw"]

DRAWS = 1000
_SEED = 20_240_501
BEYOND = 0.025
"""The chance that is left at each end of an interval."""

Floats: TypeAlias = npt.NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], float]
"""Of rows with these weights; NaN where they leave nothing to tell from."""


def redraw(
    statistics: Sequence[Statistic], rows: int, *, draws: int = DRAWS, on_draw: Callable[[], None] = lambda: None
) -> Floats:
    """[draws, statistics]. All see the same draws, so that differences between them are paired; always the same ones.

    >>> redraw([lambda weights: weights.sum()], 4, draws=2).tolist()
    [[4.0], [4.0]]
    """
    rng = np.random.default_rng(_SEED)
    found = np.empty((draws, len(statistics)))
    for draw in range(draws):
        weights = np.bincount(rng.integers(0, rows, rows), minlength=rows).astype(np.float64)
        found[draw] = [statistic(weights) for statistic in statistics]
        on_draw()
    return found


def percentiles(values: Floats) -> tuple[float, float]:
    """The ends that leave 2.5 % beyond each of them; draws that told nothing don't count."""
    low, high = np.nanquantile(values, [BEYOND, 1 - BEYOND])
    return float(low), float(high)
