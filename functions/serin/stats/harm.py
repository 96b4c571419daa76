"""Does the candidate produce more bad events than its share of the traffic explains?

Each look asks: given that B events were bad, how many of them are the candidate's? If the candidate is no worse than
control, that number is at most hypergeometric, whatever the rate of bad events is, however it moves, and however
the traffic is split at this look. So outages that hit both arms, days and nights, and rollout steps raise no alarm.

**One look.** With s = candidate total / all requests of the look, and an odds lift r > 1,

    L(r) = r^(candidate bad) / (1 + s (r - 1))^B

is an e-variable: E[L] <= 1 for r^x increases in x (odds below one give stochastically fewer) and is convex, so that
drawing without replacement has no larger mean than the binomial (Hoeffding 1963, section 6, theorem 4), whose
generating function is the denominator. See Turner, Ly & Grünwald 2021 (e-variables for two streams) for the setting.

**Tolerance.** Where a candidate may have up to t times control's odds, s becomes s t / (1 + s (t - 1)). Given B, the
number is then noncentral hypergeometric; its generating function is that of a sum of independent Bernoullis of mean s
(Vatutin & Mikhailov 1982), each tilted by t, which is a concave function of its probability: Jensen's inequality gives
the same bound with s tilted by t.

**All looks.** A lift's bets multiply over looks; their mixture is an e-process (Howard et al. 2021, section 3.3).

**Late changes.** A candidate that is fine for hours loses the wealth with which it could be convicted. So half of the
wealth waits, and at the j-th look with bad events a share a / ((a + j - 1)(a + j)) of it starts afresh. The shares sum
to one: this is a mixture over start times, hence an e-process too, unlike the sum of Shin, Ramdas & Rinaldo 2022
(e-detectors), which controls the mean time between alarms only. All bets on one lift share one number.

By Ville's inequality the chance that e ever reaches 1/alpha under the null is at most alpha, with any number of looks.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from serin.stats.counts import Counts, arrays
from serin.stats.mixture import Array, crossed, log_sum

__all__ = ["LIFTS", "HarmTest", "harm_log_e", "harm_start", "harm_step"]

LIFTS: tuple[float, ...] = tuple(float(lift) for lift in np.geomspace(1.25, 50.0, 16))
_FROM_START = 0.5
_HALF_SPENT = 720.0


def _log_weights(lifts: Array) -> Array:
    """Small lifts get more of the wealth, for they take the longest to show: weights fall as 1 / lift."""
    return np.asarray(-np.log(lifts) - np.log(np.sum(1 / lifts)))


def harm_start(lifts: Array) -> Array:
    """Log wealth on each lift before the first look: half of all."""
    return np.asarray(_log_weights(lifts) + math.log(_FROM_START))


def harm_step(
    log_wealth: Array, looks: Array, control_bad: Array, control_total: Array, bad: Array, total: Array, lifts: Array,
    tolerated: float = 1.0,
) -> tuple[Array, Array]:  # fmt: skip
    """One look: new log wealth (..., lifts) and number of informative looks (...); counts are this look's own (...).

    A look without bad events, or with one arm only, says nothing and changes nothing.
    """
    events = control_bad + bad
    informative = (events > 0) & (control_total > 0) & (total > 0)
    share = total / np.maximum(control_total + total, 1.0)
    share = share * tolerated / (1 + share * (tolerated - 1))
    log_ratio = bad[..., None] * np.log(lifts) - events[..., None] * np.log1p(share[..., None] * (lifts - 1))
    fresh = np.log((1 - _FROM_START) * _HALF_SPENT / ((_HALF_SPENT + looks) * (_HALF_SPENT + looks + 1)))
    grown = np.logaddexp(log_wealth, fresh[..., None] + _log_weights(lifts)) + log_ratio
    return np.where(informative[..., None], grown, log_wealth), looks + informative


def harm_log_e(log_wealth: Array, looks: Array) -> Array:
    """log e: what is at stake on the lifts, and what still waits."""
    waiting = np.log((1 - _FROM_START) * _HALF_SPENT / (_HALF_SPENT + looks))
    return np.asarray(np.logaddexp(log_sum(log_wealth), waiting))


@dataclass(frozen=True)
class HarmTest:
    """The e-process of one guardrail; `update` gives the next one.

    >>> test = HarmTest.start().update(Counts(9, 900), Counts(1, 100))
    >>> round(test.e_value, 2), test.harmful(0.05)
    (0.8, False)
    >>> test = test.update(Counts(9, 900), Counts(10, 100))
    >>> round(test.e_value), test.harmful(0.05)
    (325, True)

    A look must not straddle a change of weights: its one share would not be right for both parts. `tolerated` is the
    lift in odds that is no harm yet.
    """

    log_wealth: tuple[float, ...]
    looks: int = 0
    log_peak: float = 0.0
    lifts: tuple[float, ...] = LIFTS
    tolerated: float = 1.0

    @classmethod
    def start(cls, lifts: tuple[float, ...] = LIFTS, tolerated: float = 1.0) -> "HarmTest":
        """Raises ValueError without lifts, for a lift that is not above one, for a tolerance below one."""
        if not 1 <= tolerated < math.inf:
            raise ValueError(f"A tolerated lift is at least 1, not {tolerated}.")
        if not lifts or not all(1 < lift < math.inf for lift in lifts):
            raise ValueError(f"Lifts must be above 1, not {lifts}.")
        return cls(tuple(harm_start(np.array(lifts)).tolist()), lifts=lifts, tolerated=tolerated)

    def update(self, control: Counts, candidate: Counts) -> "HarmTest":
        """Take in what one look saw since the look before."""
        before = np.array(self.log_wealth), np.asarray(float(self.looks))
        wealth, looks = harm_step(*before, *arrays(control, candidate), np.array(self.lifts), self.tolerated)
        if int(looks) == self.looks:  # nothing was seen; a sum of logs, rounded, might say otherwise
            return self
        after = replace(self, log_wealth=tuple(wealth.tolist()), looks=int(looks))
        return replace(after, log_peak=max(self.log_peak, after.log_e))

    @property
    def log_e(self) -> float:
        return float(harm_log_e(np.array(self.log_wealth), np.asarray(float(self.looks))))

    @property
    def e_value(self) -> float:
        """Evidence against the candidate as of now: 20 is as strong as p = 0.05, at any look. Capped at 1e300."""
        return math.exp(min(self.log_e, math.log(1e300)))

    def harmful(self, alpha: float) -> bool:
        """Did e reach 1/alpha at any look so far?"""
        return crossed(self.log_peak, alpha)

    def to_dict(self) -> dict[str, Any]:
        return {
            "log_wealth": list(self.log_wealth),
            "looks": self.looks,
            "log_peak": self.log_peak,
            "lifts": list(self.lifts),
            "tolerated": self.tolerated,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "HarmTest":
        """Raises ValueError when wealth and lifts do not belong together."""
        wealth, lifts = (tuple(float(value) for value in state[key]) for key in ("log_wealth", "lifts"))
        if len(wealth) != len(lifts):
            raise ValueError(f"{len(wealth)} wealths for {len(lifts)} lifts: this is not the state of a HarmTest.")
        return cls(wealth, int(state["looks"]), float(state["log_peak"]), lifts, float(state["tolerated"]))
