"""Is the candidate's rate of bad events surely less than a margin above control's?

For each margin m an e-process tests the null "at every look, candidate rate - control rate >= m". Control's rate is
left free at each look, so outages, days and nights and changing shares of traffic can't pass a bad candidate off as
safe (pooled rates can: most of the candidate's requests may come from better hours than control's).

**One look**, n0 and n1 requests, for any p and any stake c >= 0 fixed before the look that keep the factors positive:

    E = (1 + (1-p) c/n0)^bad0 (1 - p c/n0)^good0 (1 - (1-p-m) c/n1)^bad1 (1 + (p+m) c/n1)^good1

The mean of each request's factor is 1 + (p0 - p) c/n0 or 1 - (p1 - p - m) c/n1; by the inequality of arithmetic and
geometric means their product is at most (1 + c (p0 - p1 + m) / (n0+n1))^(n0+n1), which is at most 1 under the null.
So nothing rests on how exactly p and c were found.

**The stake** comes from the past only: q is the pooled rate so far, (p, p+m) the point of the null closest to (q, q) in
Kullback-Leibler divergence and c the stake that makes E their likelihood ratio, which grows fastest if the arms are
equal (Turner, Ly & Grünwald 2021, e-variables for two streams; Turner & Grünwald 2022 for intervals). Fractions of
that stake, mixed, keep the test alive where q is off or the candidate is a little worse.

The smallest margin whose e-process has reached 1/alpha is an upper confidence sequence for the difference, on a grid.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from serin.stats.counts import Counts, arrays
from serin.stats.mixture import Array, crossed, log_sum

__all__ = ["MARGINS", "DifferenceSequence", "difference_start", "difference_step"]

MARGINS: tuple[float, ...] = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2)
_FRACTIONS = np.array([1.0, 0.5, 0.25, 0.125])
_HALVINGS = 30
_NOTHING = Counts()


def difference_start(margins: int) -> Array:
    """Log wealth (margins, fractions) before the first look."""
    return np.full((margins, len(_FRACTIONS)), -math.log(len(_FRACTIONS)))


def _closest(rate: Array, control_total: Array, total: Array, margins: Array) -> Array:
    """The p at which n0 KL(rate, p) + n1 KL(rate, p + m) is least, by halving; a convex problem."""
    low, high = np.maximum(0.0, rate - margins), np.minimum(rate, 1 - margins)
    for _ in range(_HALVINGS):
        p = (low + high) / 2
        up = control_total * (rate - p) * (p + margins) * (1 - p - margins) > total * (p + margins - rate) * p * (1 - p)
        low, high = np.where(up, p, low), np.where(up, high, p)
    return np.asarray((low + high) / 2)


def difference_step(
    log_wealth: Array, past: tuple[Array, Array], control_bad: Array, control_total: Array, bad: Array, total: Array,
    margins: Array,
) -> Array:  # fmt: skip
    """New log wealth (..., margins, fractions) after a look's counts (...), given the pooled (bad, total) before it.

    The first look only teaches the rate: there is nothing to set the stake by.
    """
    # Past 1e15 bad events the rate would round to one, where the logarithms end.
    rate = np.clip((past[0] + 0.5) / (past[1] + 1.0), 1e-12, 1 - 1e-12)[..., None]
    n0, n1 = np.maximum(control_total, 1.0)[..., None], np.maximum(total, 1.0)[..., None]
    p = _closest(rate, n0, n1, margins)
    stake = np.minimum((rate - p) * n0 / (p * (1 - p)), (p + margins - rate) * n1 / ((p + margins) * (1 - p - margins)))
    betting = (past[1] > 0) & (control_total > 0) & (total > 0)
    # Rounding may leave a stake a hair below zero, where the bet would be on harm.
    stake = np.where(betting[..., None], np.maximum(stake, 0.0), 0.0)[..., None] * _FRACTIONS
    n0, n1, p, m = n0[..., None], n1[..., None], p[..., None], margins[:, None]
    b0, b1 = control_bad[..., None, None], bad[..., None, None]
    good0, good1 = (control_total - control_bad)[..., None, None], (total - bad)[..., None, None]
    control = b0 * np.log1p((1 - p) * stake / n0) + good0 * np.log1p(-p * stake / n0)
    candidate = b1 * np.log1p(-(1 - p - m) * stake / n1) + good1 * np.log1p((p + m) * stake / n1)
    return np.asarray(log_wealth + control + candidate)


@dataclass(frozen=True)
class DifferenceSequence:
    """Upper bounds for candidate rate - control rate, valid at all looks at once; `update` gives the next one.

    >>> sequence = DifferenceSequence.start((0.01, 0.02))
    >>> for _ in range(60):
    ...     sequence = sequence.update(Counts(9, 900), Counts(1, 100))
    >>> sequence.upper(0.05), sequence.safe(0.05, 0.02), sequence.safe(0.05, 0.005)
    (0.01, True, False)

    A bound once reached stays, and speaks of the looks until then: a candidate that turns bad later is HarmTest's to
    find. Start a new sequence where each step of a rollout has to prove itself.
    """

    margins: tuple[float, ...]
    log_wealth: tuple[tuple[float, ...], ...]
    log_peaks: tuple[float, ...]
    past: Counts = _NOTHING

    @classmethod
    def start(cls, margins: tuple[float, ...] = MARGINS) -> "DifferenceSequence":
        """Give the guardrail's own margin, for the bound is as fine as the grid. Raises ValueError outside (0, 1)."""
        if not margins or not all(0 < margin < 1 for margin in margins):
            raise ValueError(f"Margins must lie between 0 and 1, not {margins}.")
        wealth = tuple(tuple(row) for row in difference_start(len(margins)).tolist())
        return cls(tuple(sorted(margins)), wealth, (0.0,) * len(margins))

    def update(self, control: Counts, candidate: Counts) -> "DifferenceSequence":
        """Take in what one look saw since the look before."""
        past = (np.asarray(float(self.past.bad)), np.asarray(float(self.past.total)))
        seen = arrays(control, candidate)
        wealth = difference_step(np.array(self.log_wealth), past, *seen, np.array(self.margins))
        rows = tuple(tuple(row) for row in wealth.tolist())
        peaks = tuple(map(max, self.log_peaks, log_sum(wealth).tolist()))
        return replace(self, log_wealth=rows, log_peaks=peaks, past=self.past + control + candidate)

    def upper(self, alpha: float) -> float:
        """The smallest margin ruled out so far, 1.0 (all that a difference can be) when none is."""
        ruled_out = (m for m, peak in zip(self.margins, self.log_peaks, strict=True) if crossed(peak, alpha))
        return min(ruled_out, default=1.0)

    def safe(self, alpha: float, margin: float) -> bool:
        """Is a difference of `margin` or more ruled out? The chance to say so wrongly, ever, is at most alpha."""
        return self.upper(alpha) <= margin < 1

    def log_e(self, margin: float) -> float:
        """The largest log e so far against "worse by `margin` or more", from one margin chosen beforehand.

        Raises ValueError for a margin below all of the grid.
        """
        below = [peak for m, peak in zip(self.margins, self.log_peaks, strict=True) if m <= margin]
        if not below:
            raise ValueError(f"Margin {margin} lies below all margins that are tested: {self.margins}.")
        return below[-1]

    def to_dict(self) -> dict[str, Any]:
        return {
            "margins": list(self.margins),
            "log_wealth": [list(row) for row in self.log_wealth],
            "log_peaks": list(self.log_peaks),
            "past": [self.past.bad, self.past.total],
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "DifferenceSequence":
        """Raises ValueError when margins and wealth do not belong together."""
        margins, peaks = (tuple(float(value) for value in state[key]) for key in ("margins", "log_peaks"))
        wealth = tuple(tuple(float(value) for value in row) for row in state["log_wealth"])
        if not len(margins) == len(peaks) == len(wealth):
            raise ValueError("Margins, wealth and peaks differ in number: not the state of a DifferenceSequence.")
        return cls(margins, wealth, peaks, Counts(*(int(count) for count in state["past"])))
