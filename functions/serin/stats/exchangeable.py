"""How unlikely is it that two groups of rows, drawn alike, differ so much in how many of them are marked?

Were the rows of both groups drawn alike (exchangeable), the x marked ones of m would be a random choice of the x + y
marked among all m + n: a hypergeometric count, whatever the distribution (Fisher's exact test). Its tail on the side
where the share of x is larger is at most a geometric series that begins with the point's own probability:

    P(X >= x) <= P(X = x) / (1 - r),   r = P(X = x + 1) / P(X = x) = y (m - x) / ((x + 1) (n - y + 1)) < 1

since those ratios only fall (the distribution is log-concave); the other side likewise. So the bound holds for any
counts and any chance, 1e-30 too, where resampling would see nothing; in the tail it is nearly the exact value.

Source: Fisher 1935, "The logic of inductive inference"; Lehmann & Romano 2005, section 4.7; Chvátal 1979 for the tail.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from serin.stats.numeric_bins import Floats
from serin.stats.special import gammaln

__all__ = ["log_chance", "log_chance_above"]


def log_chance(x: npt.ArrayLike, m: Any, y: npt.ArrayLike, n: Any) -> Floats:
    """The logarithm of a two-sided p-value, never too small: of x marked rows among m against y among n, elementwise.

    >>> round(float(np.exp(log_chance(8, 10, 20, 100))), 6), float(log_chance(2, 10, 20, 100))
    (0.000466, 0.0)
    """
    x, m, y, n = np.broadcast_arrays(*(np.asarray(count, np.float64) for count in (x, m, y, n)))
    more = x * n > y * m
    a, b, c, d = (np.where(more, one, other) for one, other in ((x, y), (m, n), (y, x), (n, m)))
    ratio = np.minimum(c * (b - a) / ((a + 1) * (d - c + 1)), 1 - 1e-12)
    point = _log_choose(b, a) + _log_choose(d, c) - _log_choose(b + d, a + c)
    return np.asarray(np.where(x * n == y * m, 0.0, np.minimum(0.0, np.log(2) + point - np.log1p(-ratio))))


def log_chance_above(x: float, m: float, rate: float) -> float:
    """Of x events or more among m at this rate or less, by Chernoff's bound exp(-m KL(x/m, rate)) (Hoeffding 1963).

    >>> round(log_chance_above(10, 100, 0.02), 2), log_chance_above(1, 100, 0.02)
    (-8.43, 0.0)
    """
    if not m or x / m <= rate:
        return 0.0
    share = x / m
    rest = (1 - share) * np.log((1 - share) / (1 - rate)) if share < 1 else 0.0
    return -m * float(share * np.log(share / rate) + rest) if rate > 0 else -np.inf


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
