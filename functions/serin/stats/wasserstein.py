"""How far must the values of one distribution be moved, on average, to become the other?

    W = integral of |F(x) - G(x)| dx, here the sum over bins of |integral of (F - G) over the bin|

A bin's sum of values gives the integral exactly, with no guess at what is inside the bin (integration by parts):

    integral of F over [a, b) = (b - a) F(a) + p (b - a) - p E[x - a],  p and E: share and mean of the bin's values

So a bin is wrong only where F - G changes its sign inside it: the result is never too large but for rounding. For
continuous data, and windows of a thousand rows or more, it is within 1 % of the standard deviation of the exact one
(0.1 % where the distributions really differ; what is lost is noise). It falls shorter where a baseline of whole numbers
meets fractions, all of which lie between its atoms. Values outside count up to 65,536 times the width of all bins.

Source: Vallender 1974, "Calculation of the Wasserstein distance between probability distributions on the line".
"""

import numpy as np

from serin.stats.numeric_bins import Floats
from serin.stats.numeric_sketch import NumericSketch

__all__ = ["wasserstein"]


def wasserstein(one: NumericSketch, other: NumericSketch) -> float | None:
    """In the unit of the values, of finite ones; None where one side has none. Raises ValueError for different bins.

    >>> from serin.stats.numeric_bins import NumericBins
    >>> bins = NumericBins.of([0, 1, 2, 3])
    >>> round(wasserstein(NumericSketch(bins).update([0, 1, 2, 3]), NumericSketch(bins).update([1, 2, 3, 4])), 3)
    1.0
    """
    if one.bins != other.bins:
        raise ValueError("Only sketches in the same bins can be compared.")
    if not one.finite.sum() or not other.finite.sum():
        return None
    return float(np.abs(_integrals(one) - _integrals(other)).sum())


def _integrals(sketch: NumericSketch) -> Floats:
    """Of F below the bins, of F over each bin, of F - 1 above the bins."""
    total = sketch.finite.sum()
    shares, distances = sketch.finite / total, sketch.distances / total
    widths = np.diff(sketch.bins.edges)
    inside = widths * np.cumsum(shares)[1:-1] - distances[1:-1]
    return np.concatenate([distances[:1], inside, -distances[-1:]])
