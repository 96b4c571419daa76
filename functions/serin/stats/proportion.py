"""Between which rates does a true rate lie, given counts, however few they are?"""

from dataclasses import dataclass, replace

import numpy as np

from serin.stats.mixture import Array
from serin.stats.special import betainccinv, betaincinv, ndtr

__all__ = ["Proportion"]


@dataclass(frozen=True)
class Proportion:
    """`count` of `n`. Value and limits are moved by `shift`: a rate that is compared with a known number.

    >>> Proportion(7, 20).value
    0.35
    """

    count: float
    n: float
    shift: float = 0.0

    @property
    def value(self) -> float | None:
        """None of nothing."""
        return self.count / self.n + self.shift if self.n else None

    def limits(self, z: Array) -> tuple[Array, Array]:
        """The exact limits of Clopper & Pearson 1934, for a one-sided chance of 1 - Phi(z) at each end.

        The lower one is the rate p at which P(X >= count) is that chance: the 1 - Phi(z) quantile of
        Beta(count, n - count + 1); the upper one mirrors it. Scores and Wald limits fail for few counts at such small
        chances as many comparisons need.

        >>> low, high = Proportion(7, 20).limits(np.array([1.959964]))
        >>> round(float(low[0]), 4), round(float(high[0]), 4)
        (0.1539, 0.5922)
        """
        tail, rest = ndtr(-np.asarray(z, np.float64)), self.n - self.count
        low = betaincinv(self.count, rest + 1, tail) if self.count > 0 else np.zeros_like(tail)
        high = betainccinv(self.count + 1, rest, tail) if rest > 0 else np.ones_like(tail)
        return np.asarray(low + self.shift), np.asarray(high + self.shift)

    def resized(self, n: int) -> "Proportion":
        """The same rate on another number; of nothing a half, which is the hardest to tell."""
        return replace(self, count=n * (self.count / self.n if self.n else 0.5), n=n)
