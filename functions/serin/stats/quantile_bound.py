"""Between which of the values that were seen does a quantile lie, whatever their distribution?

Of n independent values as many lie below the q-quantile as a binomial (n, q) says. So the k-th smallest is at least
the quantile with a chance of 1 - alpha where P(Bin(n, q) >= k) <= alpha, and at most it where P(Bin(n, q) < k) <=
alpha. The largest of all is a bound only from log(alpha) / log(q) values on: 299 for the 99th percentile at 95 %.

Source: David & Nagaraja 2003, "Order Statistics", section 7.1.
"""

import math
from collections.abc import Sequence

__all__ = ["fewest", "lower_bound", "upper_bound"]


def upper_bound(values: Sequence[float], q: float, alpha: float) -> float | None:
    """At least the q-quantile, with a chance of 1 - alpha; None where there are too few values to say so.

    >>> upper_bound(range(1, 300), 0.99, 0.05), upper_bound(range(1, 299), 0.99, 0.05)
    (299.0, None)
    """
    n = len(values)
    tail, rank = 0.0, n + 1  # P(Bin >= rank)
    while rank > 1 and tail + _chance(n, q, rank - 1) <= alpha:
        rank -= 1
        tail += _chance(n, q, rank)
    return float(sorted(values)[rank - 1]) if rank <= n else None


def lower_bound(values: Sequence[float], q: float, alpha: float) -> float | None:
    """At most the q-quantile, with a chance of 1 - alpha. Few values that are far too large are enough to say so.

    >>> lower_bound([1] * 18 + [9, 9], 0.99, 0.05), lower_bound([9], 0.99, 0.05), lower_bound([9], 0.99, 0.001)
    (9.0, 9.0, None)
    """
    n = len(values)
    below, rank = 0.0, 0  # P(Bin < rank)
    while rank < n and below + _chance(n, q, rank) <= alpha:
        below += _chance(n, q, rank)
        rank += 1
    return float(sorted(values)[rank - 1]) if rank else None


def fewest(q: float, alpha: float) -> int:
    """With how many values the largest of them is an upper bound.

    >>> fewest(0.99, 0.05)
    299
    """
    return math.ceil(math.log(alpha) / math.log(q))


def _chance(n: int, q: float, k: int) -> float:
    """P(Bin(n, q) = k), by logarithms: the factors of large n are no floats."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(q) + (n - k) * math.log1p(-q))
