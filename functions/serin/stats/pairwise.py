"""By how much do the true figures of several independent groups differ, at least and at most, all pairs at once?

**One ordered pair.** Let Z1 be the normal score of the chance, under group 1's true figure, to see as much or more as
was seen, Z2 that of group 2 to see as little or less. Whatever the truth, neither is stochastically larger than a
standard normal score, and the two are independent. So, with a+ = max(a, 0),

    P(Z1+^2 + Z2+^2 >= r^2) <= 1/2 P(chi2_1 >= r^2) + 1/4 P(chi2_2 >= r^2) = Phi(-r) + exp(-r^2 / 2) / 4

(each sign has chance 1/2; the chi-bar-square mixture of Kudo 1963). Unless that happens, for some t in [0, pi/2]

    figure 1 >= low_1(r cos t)  and  figure 2 <= high_2(r sin t)

where low(z) and high(z) are each group's own limits at the one-sided chance 1 - Phi(z). The least of low_1 - high_2
over t is a lower bound of the difference, the least of low_1 / high_2 one of the ratio, low_1(r) one of figure 1 alone:
one event bears all of them. With symmetric limits the first is value_1 - value_2 - r sqrt(s1^2 + s2^2): the recovery of
variances by Zou & Donner 2008 (differences) and Donner & Zou 2012 (ratios), of which Newcombe 1998, method 10, is the
case of score limits. Here r is 20 % above their normal quantile for two groups, and 8 % for dozens; what is promised
then holds for any counts.

**All of them.** r is such that the chances of all ordered pairs of all families together are alpha (Bonferroni).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from serin.stats.mixture import Array
from serin.stats.special import ndtr

__all__ = ["Pairwise", "Sample", "pairwise", "radius"]

_ANGLES = np.linspace(0, np.pi / 2, 33)
_HALVINGS = 60


class Sample(Protocol):
    """What was seen of one group."""

    @property
    def value(self) -> float | None: ...

    @property
    def n(self) -> float: ...

    def limits(self, z: Array) -> tuple[Array, Array]:
        """Below and above, each at the one-sided chance 1 - Phi(z); the further apart the larger z."""

    def resized(self, n: int) -> "Sample": ...


@dataclass(frozen=True)
class Pairwise:
    """Lower bounds that hold all at once, with 1 - alpha: `low` and `high` of each group, and [i, j] of the difference
    i - j and of the ratio i / j. An upper bound of i - j is minus that of j - i, and one of i / j is one over that of
    j / i."""

    low: Array
    high: Array
    difference: Array
    ratio: Array


def radius(alpha: float, pairs: int) -> float:
    """The r at which `pairs` ordered pairs fail with chance alpha at most, all together.

    >>> round(radius(0.05, 2), 3), round(radius(0.05, 1000), 3)
    (2.353, 4.201)

    Raises ValueError unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}.")
    low, high = 0.0, 40.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        chance = float(ndtr(-middle)) + math.exp(-middle * middle / 2) / 4
        low, high = (middle, high) if pairs * chance > alpha else (low, middle)
    return high


def pairwise(samples: Sequence[Sample], r: float) -> Pairwise:
    """Thirty-three angles: the least over all angles is within a thousandth of the bound's width of the least of them.

    >>> from serin.stats.proportion import Proportion
    >>> found = pairwise([Proportion(56, 70), Proportion(48, 80)], radius(0.05, 2))
    >>> [round(float(one), 3) for one in (found.difference[0, 1], -found.difference[1, 0], found.ratio[0, 1])]
    [0.011, 0.377, 1.015]
    """
    falling, rising = r * np.cos(_ANGLES), r * np.sin(_ANGLES)
    low = np.array([sample.limits(falling)[0] for sample in samples]).reshape(-1, len(_ANGLES))
    high = np.array([sample.limits(rising)[1] for sample in samples]).reshape(-1, len(_ANGLES))
    difference = np.full((len(samples), len(samples)), np.inf)
    ratio = difference.copy()
    for one, two in zip(low.T, high.T, strict=True):
        difference = np.minimum(difference, one[:, None] - two)
        ratio = np.minimum(ratio, _ratio(one, two))
    return Pairwise(low[:, 0], high[:, -1], difference, ratio)


def _ratio(low: Array, high: Array) -> Array:
    """Two figures that are surely zero are alike."""
    above = np.broadcast_to(np.maximum(low, 0.0)[:, None], (len(low), len(high)))
    return np.asarray(np.divide(above, high, out=np.ones(above.shape), where=high > 0))
