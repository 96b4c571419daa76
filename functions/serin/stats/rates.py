"""In which interval does a rate lie, looked at as often as one likes? And the difference of two?

These need nothing but the counts so far, and take the rate of each arm as constant. For a verdict under outages, days
and nights or changing shares use DifferenceSequence; these are for showing, and for arms that ran side by side.
"""

import math
from dataclasses import dataclass

from serin.stats.counts import Counts

__all__ = ["Interval", "difference_interval", "rate_interval"]

_PRIOR = 0.5
_HALVINGS = 60


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _log_likelihood(counts: Counts, p: float) -> float:
    good = counts.total - counts.bad
    if (counts.bad and p <= 0) or (good and p >= 1):
        return -math.inf
    return (counts.bad * math.log(p) if counts.bad else 0.0) + (good * math.log1p(-p) if good else 0.0)


def _edge(counts: Counts, inside: float, outside: float, least: float) -> float:
    """The point between at which the likelihood falls below `least`, rounded outwards."""
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if _log_likelihood(counts, middle) > least:
            inside = middle
        else:
            outside = middle
    return outside


def rate_interval(counts: Counts, alpha: float) -> Interval:
    """All p whose likelihood is within a factor alpha of the beta mixture's: a confidence sequence, both sides at once.

        { p : B(bad + 1/2, good + 1/2) / B(1/2, 1/2) < p^bad (1-p)^good / alpha }

    The mixture's likelihood ratio is a martingale under p (Robbins 1970; Howard et al. 2021, section 3.2).

    >>> interval = rate_interval(Counts(10, 1000), 0.05)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0024, 0.0262)
    """
    if not counts.total:
        return Interval(0.0, 1.0)
    good = counts.total - counts.bad
    mixture = _log_beta(counts.bad + _PRIOR, good + _PRIOR) - _log_beta(_PRIOR, _PRIOR)
    least, best = mixture + math.log(alpha), counts.bad / counts.total
    low = _edge(counts, best, 0.0, least) if counts.bad else 0.0
    high = _edge(counts, best, 1.0, least) if good else 1.0
    return Interval(low, high)


def difference_interval(control: Counts, candidate: Counts, alpha: float) -> Interval:
    """Candidate rate - control rate: each arm's interval at alpha / 2, joined by the union bound.

    >>> interval = difference_interval(Counts(90, 9000), Counts(10, 1000), 0.05)
    >>> round(interval.low, 4), round(interval.high, 4)
    (-0.0127, 0.021)
    """
    one, two = rate_interval(control, alpha / 2), rate_interval(candidate, alpha / 2)
    return Interval(two.low - one.high, two.high - one.low)
