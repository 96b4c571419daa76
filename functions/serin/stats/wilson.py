"""In which interval does a rate lie, seen once, in a sample that was fixed before?"""

from math import sqrt
from statistics import NormalDist

from serin.stats.counts import Counts
from serin.stats.rates import Interval

__all__ = ["wilson_interval"]


def wilson_interval(counts: Counts, alpha: float) -> Interval:
    """The p that a score test at level alpha does not reject (Wilson 1927, JASA 22; Brown et al. 2001, section 3.1.1).

        (p̂ + z²/2n ± z √(p̂(1-p̂)/n + z²/4n²)) / (1 + z²/n),   z = Φ⁻¹(1 - alpha/2)

    >>> interval = wilson_interval(Counts(10, 1000), 0.05)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0054, 0.0183)
    """
    if not counts.total:
        return Interval(0.0, 1.0)
    n, z = counts.total, NormalDist().inv_cdf(1 - alpha / 2)
    rate, weight = counts.bad / n, z * z / n
    middle, half = rate + weight / 2, z * sqrt(rate * (1 - rate) / n + weight / (4 * n))
    low, high = (middle - half) / (1 + weight), (middle + half) / (1 + weight)
    # Rounding may leave the exact edges by an ulp.
    return Interval(max(low, 0.0) if counts.bad else 0.0, min(high, 1.0) if counts.bad < n else 1.0)
