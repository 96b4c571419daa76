"""What is the largest difference between two distributions' shares of values below any point?

    D = max over x of |F(x) - G(x)|, here over the edges of the bins

Between two edges the true difference exceeds the one found by no more than the smaller of the two distributions' shares
of that bin, and a bin holds at most 1/64 of the baseline, or one single value. So the result is never too large, and
against the baseline itself never more than 1/64 too small; for continuous data of a thousand rows it is some 0.001 off.

Source: Smirnov 1939; Hodges 1958, "The significance probability of the Smirnov two-sample test".
"""

import numpy as np

from serin.stats.numeric_sketch import NumericSketch

__all__ = ["kolmogorov_smirnov"]


def kolmogorov_smirnov(one: NumericSketch, other: NumericSketch) -> float | None:
    """From 0 to 1, of finite values; None where one side has none. Raises ValueError for different bins.

    >>> from serin.stats.numeric_bins import NumericBins
    >>> bins = NumericBins.of([1, 2, 3, 4])
    >>> kolmogorov_smirnov(NumericSketch(bins).update([1, 2, 3, 4]), NumericSketch(bins).update([3, 4, 4, 9]))
    0.5
    """
    if one.bins != other.bins:
        raise ValueError("Only sketches in the same bins can be compared.")
    n, m = one.finite.sum(), other.finite.sum()
    if not n or not m:
        return None
    return float(np.abs(np.cumsum(one.finite) / n - np.cumsum(other.finite) / m).max())
