"""Is the mean of the candidate's values surely less than control's?

The null says "at every look, candidate mean >= control mean" (for values where more is better; negate them where less
is). It is the mirror image of `serin.stats.mean_difference` with no margin: control's mean is free at each look, so
days and nights, campaigns and changing shares of traffic are not held against a candidate.

**One look**, values scaled to [0, 1], n0 and n1 of them, p and c >= 0 fixed beforehand, l0 = c/n0 and l1 = c/n1 below
1, u = x - p for control's values and u = p - x for the candidate's:

    log E = sum over both arms of  l u - psi(l) u^2

Each value's part is at most log(1 + l u) (Fan, Grama & Liu 2015, since u >= -1), and the product of the means at most
(1 + c (mean0 - mean1) / (n0+n1))^(n0+n1) (arithmetic and geometric means), which is at most 1 under the null. Sums and
sums of squares per look suffice, and looks of one value in each arm are as good as large ones.

**The stake** comes from the past only. A loss of d standard deviations is found soonest by c = d / (s (1/n0 + 1/n1)),
s being the pooled standard deviation so far; a mixture over d serves losses of any size.

**Late changes**: as in `serin.stats.harm`, half of the wealth waits, and a share a / ((a + j - 1)(a + j)) of it starts
afresh at the j-th look. So a candidate that was fine for days is found as well.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from serin.stats.bounded_mean import psi
from serin.stats.mixture import Array, crossed, log_sum
from serin.stats.moments import Moments

__all__ = ["MeanHarm"]

_SIZES = np.geomspace(0.02, 1.0, 8)
_LARGEST = 0.75
_FROM_START = 0.5
_HALF_SPENT = 720.0
_NOTHING = Moments()


@dataclass(frozen=True)
class MeanHarm:
    """The e-process of one KPI; `update` gives the next one.

    >>> test = MeanHarm.start(low=0.0, high=100.0)
    >>> for _ in range(30):
    ...     test = test.update(Moments.of([40.0, 50.0, 60.0] * 30), Moments.of([30.0, 40.0, 50.0] * 3))
    >>> test.harmful(0.05)
    True

    A look must not straddle a change of weights: its arms would not be of the same time.
    """

    low: float
    high: float
    log_wealth: tuple[float, ...]
    looks: int = 0
    past: Moments = _NOTHING
    log_peak: float = 0.0

    @classmethod
    def start(cls, *, low: float, high: float) -> "MeanHarm":
        """Raises ValueError unless low < high, both finite."""
        if not -math.inf < low < high < math.inf:
            raise ValueError(f"A range needs low < high, both finite, not [{low}, {high}].")
        return cls(low, high, (math.log(_FROM_START / len(_SIZES)),) * len(_SIZES))

    def update(self, control: Moments, candidate: Moments) -> "MeanHarm":
        """Take in what one look saw since the look before; the first one only teaches mean and variance."""
        one, two = control.rescaled(self.low, self.high), candidate.rescaled(self.low, self.high)
        after = replace(self, past=self.past + one + two)
        if self.past.mean is None or not one.n or not two.n:
            return after
        fresh = (1 - _FROM_START) * _HALF_SPENT / ((_HALF_SPENT + self.looks) * (_HALF_SPENT + self.looks + 1))
        before = np.logaddexp(np.array(self.log_wealth), math.log(fresh / len(_SIZES)))
        wealth = before + self._log_look(one, two, min(1.0, max(0.0, self.past.mean)))
        after = replace(after, log_wealth=tuple(wealth.tolist()), looks=self.looks + 1)
        return replace(after, log_peak=max(self.log_peak, after.log_e))

    def _log_look(self, one: Moments, two: Moments, center: float) -> Array:
        spread = math.sqrt((self.past.around(center) + 0.25) / (self.past.n + 1))
        harmonic = one.n / (one.n + two.n) * two.n
        stake = np.minimum(_SIZES / spread * harmonic, _LARGEST * min(one.n, two.n))
        won = stake / one.n * (one.total - one.n * center) - stake / two.n * (two.total - two.n * center)
        risk = psi(stake / one.n) * one.around(center) + psi(stake / two.n) * two.around(center)
        return np.asarray(won - risk)

    @property
    def log_e(self) -> float:
        """What is at stake, and what still waits."""
        waiting = math.log((1 - _FROM_START) * _HALF_SPENT / (_HALF_SPENT + self.looks))
        return float(np.logaddexp(log_sum(np.array(self.log_wealth)), waiting))

    @property
    def e_value(self) -> float:
        """Evidence against the candidate as of now. Capped at 1e300."""
        return math.exp(min(self.log_e, math.log(1e300)))

    def harmful(self, alpha: float) -> bool:
        """Did e reach 1/alpha at any look so far? For an equal candidate the chance of it, ever, is at most alpha."""
        return crossed(self.log_peak, alpha)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"log_wealth": list(self.log_wealth)}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "MeanHarm":
        """Raises ValueError when this can't be the state of a MeanHarm."""
        low, high, peak = (float(state[key]) for key in ("low", "high", "log_peak"))
        wealth = tuple(float(value) for value in state["log_wealth"])
        if len(wealth) != len(_SIZES):
            raise ValueError(f"{len(wealth)} wealths for {len(_SIZES)} sizes: this is not the state of a MeanHarm.")
        past = state["past"]
        moments = Moments(int(past["n"]), float(past["total"]), float(past["squares"]))
        return cls(low, high, wealth, int(state["looks"]), moments, peak)
