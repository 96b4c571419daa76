"""How well do scores rank, from counts by score, and how sure is that?

    AUC = P(a positive scores above a negative) + P(same bin) / 2

Its standard error comes from how the placements of positives among negatives vary, and of negatives among positives:
se^2 = Var(V10) / P + Var(V01) / N.

Source: Hanley & McNeil 1982; DeLong, DeLong & Clarke-Pearson 1988, "Comparing the areas under two or more correlated
receiver operating characteristic curves".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Estimate", "area_under_curve"]


@dataclass(frozen=True)
class Estimate:
    """A figure, its standard error, and from how many values it is."""

    value: float
    error: float
    n: int


def area_under_curve(rows: npt.ArrayLike, positives: npt.ArrayLike) -> Estimate | None:
    """By score bin, in rising order; counts may be expected ones, and need not be whole. None unless there are both.

    >>> found = area_under_curve([2, 2], [0, 2])
    >>> found.value, found.error
    (1.0, 0.0)
    """
    n, positive = np.asarray(rows, np.float64), np.asarray(positives, np.float64)
    negative = n - positive
    p, q = positive.sum(), negative.sum()
    if p <= 0 or q <= 0:
        return None
    above_negatives = (np.cumsum(negative) - negative / 2) / q
    below_positives = 1 - (np.cumsum(positive) - positive / 2) / p
    value = float(positive @ above_negatives / p)
    spread = positive @ (above_negatives - value) ** 2 / p**2 + negative @ (below_positives - value) ** 2 / q**2
    return Estimate(value, float(np.sqrt(spread)), round(float(n.sum())))
