"""Is the mean of the candidate's values surely less than a margin below control's?

The null says "at every look, control mean - candidate mean >= margin" (for values where more is better; negate them
where less is). Control's mean is free at each look, as in `serin.stats.difference`, so changing shares do no harm.

**One look**, values scaled to [0, 1], n0 and n1 of them, p and c >= 0 fixed beforehand, l0 = c/n0 and l1 = c/n1 below
1, u = p - x for control's values and u = x - p + m for the candidate's:

    log E = sum over both arms of  l u - psi(l) u^2

Each value's part is at most log(1 + l u) (Fan, Grama & Liu 2015, since u >= -1), and the product of the means at most
(1 + c (mean1 - mean0 + m) / (n0+n1))^(n0+n1) <= 1 under the null. Sums and sums of squares per look suffice.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from serin.stats.bounded_mean import psi
from serin.stats.mixture import Array, crossed, log_sum
from serin.stats.moments import Moments

__all__ = ["MeanDifference"]

_FRACTIONS = np.array([1.0, 0.5, 0.25, 0.125])
_LARGEST = 0.75
_NOTHING = Moments()


def _log_factor(values: Moments, center: float, sign: float, stakes: Array) -> Array:
    deviation = sign * (values.total - values.n * center)
    return np.asarray(stakes * deviation - psi(stakes) * values.around(center))


@dataclass(frozen=True)
class MeanDifference:
    """The e-process of one KPI; `update` gives the next one.

    >>> test = MeanDifference.start(low=0.0, high=100.0, margin=5.0)
    >>> for _ in range(50):
    ...     test = test.update(Moments.of([40.0, 50.0, 60.0] * 30), Moments.of([40.0, 50.0, 60.0] * 3))
    >>> test.safe(0.05)
    True
    """

    low: float
    high: float
    margin: float
    log_wealth: tuple[float, ...]
    past: Moments = _NOTHING
    log_peak: float = 0.0

    @classmethod
    def start(cls, *, low: float, high: float, margin: float) -> "MeanDifference":
        """Raises ValueError unless low < high and the margin is positive and smaller than the range."""
        if not (-math.inf < low < high < math.inf and 0 < margin < high - low):
            raise ValueError(f"A margin of {margin} in the range [{low}, {high}] can't be tested.")
        return cls(low, high, margin, (-math.log(len(_FRACTIONS)),) * len(_FRACTIONS))

    def update(self, control: Moments, candidate: Moments) -> "MeanDifference":
        """Take in what one look saw since the look before; the first one only teaches mean and variance."""
        one, two = control.rescaled(self.low, self.high), candidate.rescaled(self.low, self.high)
        after = replace(self, past=self.past + one + two)
        if self.past.mean is None or not one.n or not two.n:
            return after
        wealth = np.array(self.log_wealth) + self._log_look(one, two, self.past.mean)
        peak = max(self.log_peak, float(log_sum(wealth)))
        return replace(after, log_wealth=tuple(wealth.tolist()), log_peak=peak)

    def _log_look(self, one: Moments, two: Moments, mean: float) -> Array:
        margin = self.margin / (self.high - self.low)
        center = min(1.0, max(margin, mean + margin * two.n / (one.n + two.n)))
        variance = (self.past.around(mean) + 0.25) / (self.past.n + 1) + margin * margin
        stake = min(margin / variance * one.n / (one.n + two.n) * two.n, _LARGEST * min(one.n, two.n)) * _FRACTIONS
        control = _log_factor(one, center, -1.0, stake / one.n)
        return control + _log_factor(two, center - margin, 1.0, stake / two.n)

    @property
    def log_e(self) -> float:
        return float(log_sum(np.array(self.log_wealth)))

    def safe(self, alpha: float) -> bool:
        """Is a loss of the margin or more ruled out? The chance to say so wrongly, ever, is at most alpha."""
        return crossed(self.log_peak, alpha)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"log_wealth": list(self.log_wealth)}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "MeanDifference":
        low, high, margin, peak = (float(state[key]) for key in ("low", "high", "margin", "log_peak"))
        past = state["past"]
        moments = Moments(int(past["n"]), float(past["total"]), float(past["squares"]))
        return cls(low, high, margin, tuple(float(value) for value in state["log_wealth"]), moments, peak)
