"""In which interval does the mean of values in [low, high] lie, looked at as often as one likes?

Values arrive as sums per look, never one by one. What is valid with which sums:
- number and sum alone: `hoeffding_interval`, which has to assume the largest variance that the range allows;
- number, sum and sum of squares of each look: `MeanSequence`, as narrow as the variance that was really seen.
  Pooled squares around the mean of *all* data would not do: a center must be known before the values arrive.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from serin.stats.mixture import crossed, log_sum
from serin.stats.moments import Moments
from serin.stats.rates import Interval

__all__ = ["MeanSequence", "hoeffding_interval", "psi"]

_STAKES = np.geomspace(1e-4, 0.9, 14)
_HALVINGS = 60
_NOTHING = Moments()


def psi(stake: Any) -> Any:
    """-log(1 - stake) - stake: exp(stake y - psi y^2) <= 1 + stake y for y >= -1 (Fan, Grama & Liu 2015, lemma 4.1).

    >>> round(float(psi(0.5)), 6)
    0.193147
    """
    return -np.log1p(-stake) - stake


def hoeffding_interval(
    n: int, total: float, *, low: float, high: float, alpha: float, tuned_for: int = 1000
) -> Interval:
    """Normal mixture bound for sums only (Howard et al. 2021, section 3.2), with sub-Gaussian sd (high - low) / 2.

        | mean - truth | <= (high - low) / 2 * sqrt((n + r) log((n + r) / (r alpha^2))) / n,  r = tuned_for / 8

    >>> interval = hoeffding_interval(10_000, 5_000.0, low=0.0, high=1.0, alpha=0.05)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.4838, 0.5162)
    """
    if not n:
        return Interval(low, high)
    prior = tuned_for / 8
    radius = (high - low) / 2 * math.sqrt((n + prior) * (math.log((n + prior) / prior) - 2 * math.log(alpha))) / n
    return Interval(max(low, total / n - radius), min(high, total / n + radius))


def _first_rejected(rejected: Callable[[float], bool], inside: float, outside: float) -> float:
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if rejected(middle) else (middle, outside)
    return outside


@dataclass(frozen=True)
class MeanSequence:
    """Empirical Bernstein confidence sequence (Howard et al. 2021, theorem 4, with a mixture over stakes as boundary).

    With y = (x - low) / (high - low) and c the mean of the looks before, for each stake l in (0, 1)

        exp(l sum(y - mu) - psi(l) sum(y - c)^2)    and the same with -y

    is a supermartingale (sums over looks suffice, since c is fixed within one); a mean mu is out when the mixture over
    l reaches 2 / alpha. Where the truth moves, its average over the values so far is what the interval covers.

    >>> sequence = MeanSequence(0.0, 10.0)
    >>> for _ in range(100):
    ...     sequence = sequence.update(Moments.of([4.0, 5.0, 6.0]))
    >>> interval = sequence.interval(0.05)
    >>> round(interval.low, 2), round(interval.high, 2)
    (4.67, 5.33)
    """

    low: float
    high: float
    seen: Moments = _NOTHING
    spread: float = 0.0

    def __post_init__(self) -> None:
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(f"A range needs low < high, both finite, not [{self.low}, {self.high}].")

    def update(self, look: Moments) -> "MeanSequence":
        """Take in one look's values. `seen` and `spread` are on the scale from 0 to 1."""
        scaled = look.rescaled(self.low, self.high)
        center = 0.5 if self.seen.mean is None else self.seen.mean
        return replace(self, seen=self.seen + scaled, spread=self.spread + scaled.around(center))

    def __add__(self, other: "MeanSequence") -> "MeanSequence":
        """Join sequences over different values of one truth. Raises ValueError when the ranges differ."""
        if (self.low, self.high) != (other.low, other.high):
            raise ValueError("Sequences over different ranges can't be added.")
        return replace(self, seen=self.seen + other.seen, spread=self.spread + other.spread)

    def excludes(self, mean: float, alpha: float) -> bool:
        """Does this mean lie outside the interval?"""
        scaled = (mean - self.low) / (self.high - self.low)
        deviation = abs(self.seen.total - self.seen.n * scaled)
        log_e = log_sum(_STAKES * deviation - psi(_STAKES) * self.spread) - math.log(len(_STAKES))
        return crossed(float(log_e), alpha / 2)

    def interval(self, alpha: float) -> Interval:
        """All of the range before the first value."""
        if self.seen.mean is None:
            return Interval(self.low, self.high)
        width, best = self.high - self.low, min(1.0, max(0.0, self.seen.mean))

        def rejected(scaled: float) -> bool:
            return self.excludes(self.low + scaled * width, alpha)

        low, high = _first_rejected(rejected, best, 0.0), _first_rejected(rejected, best, 1.0)
        return Interval(self.low + low * width, self.low + high * width)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "MeanSequence":
        seen = state["seen"]
        moments = Moments(int(seen["n"]), float(seen["total"]), float(seen["squares"]))
        return cls(float(state["low"]), float(state["high"]), moments, float(state["spread"]))
