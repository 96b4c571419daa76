"""How unlike are two distributions by the measure that banks use, the population stability index?

    PSI = sum of (p - q) ln(p / q)

which is the Kullback-Leibler divergence in both directions. Half a row is added to every slot that either side has
(Jeffreys' prior), or an empty one would make it infinite. Customary reading: below 0.1 little has moved, above 0.25
much. With few rows it is large by noise alone: about (slots - 1) (1/n + 1/m).

Source: Jeffreys 1946; Siddiqi 2006, "Credit Risk Scorecards"; Yurdakul 2018 for its size under no change.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["population_stability"]


def population_stability(one: npt.ArrayLike, other: npt.ArrayLike) -> float | None:
    """Of two sketches' counts; None where one side has none. Raises ValueError for counts that differ in number.

    >>> population_stability([50, 50], [50, 50]), round(population_stability([500, 500], [250, 750]), 3)
    (0.0, 0.274)
    """
    p, q = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if p.shape != q.shape:
        raise ValueError("Only counts in the same bins can be compared.")
    if not p.sum() or not q.sum():
        return None
    some = (p + q) > 0
    p, q = p[some] + 0.5, q[some] + 0.5
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum((p - q) * np.log(p / q)))
