"""How much do the means of groups differ beyond chance, and how far may that of a further group be off?

    t^2 = max(0, mean of (gap^2 - v))       v: the variance that chance gives a gap

A further group's own deviation is within z c t of them with the chance that z has for a normal one, where
c = T / z sqrt(1 + 1/k), T the quantile of Student's distribution with k - 1 degrees of freedom: k groups tell t only
so well.

Source: DerSimonian & Laird 1986, "Meta-analysis in clinical trials"; Higgins, Thompson & Spiegelhalter 2009, "A
re-evaluation of random-effects meta-analysis", for the interval of a further group.
"""

import math
from collections.abc import Sequence

from serin.stats.special import ndtri, stdtrit

__all__ = ["further_deviation"]


def further_deviation(excess: Sequence[float], alpha: float) -> float:
    """c t, from each group's gap^2 - v, for the two-sided chance alpha; 0 for fewer than three groups.

    >>> round(further_deviation([4.0] * 8, 0.01), 2), further_deviation([-1.0] * 8, 0.01)
    (2.88, 0.0)
    """
    k = len(excess)
    if k < 3:
        return 0.0
    inflated = float(stdtrit(k - 1, 1 - alpha / 2) / ndtri(1 - alpha / 2)) * math.sqrt(1 + 1 / k)
    return inflated * math.sqrt(max(0.0, math.fsum(excess) / k))
