"""Between which numbers does a true mean lie, given mean and spread of independent values?"""

import math
from dataclasses import dataclass, replace

import numpy as np

from serin.stats.mixture import Array
from serin.stats.special import ndtr, stdtrit

__all__ = ["Mean"]


@dataclass(frozen=True)
class Mean:
    """`value` of `n` values with the standard deviation `spread` (by n - 1); none of them lies below `least`."""

    n: int
    value: float | None
    spread: float
    least: float = -math.inf

    @classmethod
    def of(cls, n: int, total: float, squares: float, least: float = -math.inf) -> "Mean":
        """From sums.

        >>> Mean.of(3, 6.0, 14.0)
        Mean(n=3, value=2.0, spread=1.0, least=-inf)
        """
        if not n:
            return cls(0, None, 0.0, least)
        variance = max(0.0, squares - total * total / n) / (n - 1) if n > 1 else 0.0
        return cls(n, total / n, math.sqrt(variance), least)

    def limits(self, z: Array) -> tuple[Array, Array]:
        """Student 1908: mean +- t s / sqrt(n), t with the one-sided chance 1 - Phi(z). Exact for normal values; for
        skewed ones it needs some dozens of them. Without two values anything is possible.

        >>> low, high = Mean(10, 5.0, 2.0).limits(np.array([1.959964]))
        >>> round(float(low[0]), 3), round(float(high[0]), 3)
        (3.569, 6.431)
        """
        tail = ndtr(-np.asarray(z, np.float64))
        if self.value is None or self.n < 2:
            return np.full_like(tail, self.least), np.full_like(tail, np.inf)
        half = -stdtrit(self.n - 1, tail) * self.spread / math.sqrt(self.n)
        return np.maximum(self.value - half, self.least), np.asarray(self.value + half)

    def resized(self, n: int) -> "Mean":
        """The same mean and spread of another number."""
        return replace(self, n=n)
