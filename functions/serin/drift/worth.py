"""Are predictions worth what they were worth before? A KPI's mean in the window against that of the windows before.

Its interval holds however often it is looked at while outcomes come in; how much the earlier windows differ among each
other, beyond chance, is allowed for.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from statistics import NormalDist

from serin.stats.anytime_mean import anytime_factor
from serin.stats.between_groups import further_deviation
from serin.stats.moments import Moments

__all__ = ["Worth", "WorthJudged", "judge_worth"]

_FLOOR = 0.05
_FEW = 20
_WINDOWS = 3  # before, without which nobody knows how much a window's worth varies by itself
_NOTHING = Moments()


@dataclass(frozen=True)
class Worth:
    """A KPI in the windows before, and now. More is better."""

    before: tuple[Moments, ...]
    now: Moments


@dataclass(frozen=True)
class WorthJudged:
    """Means per prediction; `fall` is before - now, with the interval that encloses it."""

    name: str
    n: int
    before: float
    now: float
    fall: float
    fall_low: float
    fall_high: float

    @property
    def has_fallen(self) -> bool:
        """Surely, and by a twentieth of what it was."""
        return self.fall_low > 0 and self.fall >= _FLOOR * abs(self.before)


def judge_worth(kpis: Mapping[str, Worth], chance: float) -> tuple[WorthJudged, ...]:
    """Of all KPIs that have twenty values on both sides, from three windows before; the chance is shared by them."""
    found = (_judged(name, worth, chance / len(kpis)) for name, worth in sorted(kpis.items()))
    return tuple(one for one in found if one is not None)


def _judged(name: str, worth: Worth, alpha: float) -> WorthJudged | None:
    earlier = [one for one in worth.before if one.n]
    past = reduce(add, earlier, _NOTHING)
    known_well = len(earlier) >= _WINDOWS and min(past.n, worth.now.n) >= _FEW
    if past.mean is None or worth.now.mean is None or not known_well:
        return None
    own, known = (one.around(one.mean or 0.0) / one.n / one.n for one in (worth.now, past))
    radius = math.hypot(
        anytime_factor(worth.now.n, alpha) * math.sqrt(own),
        NormalDist().inv_cdf(1 - alpha / 2) * math.hypot(math.sqrt(known), _between(earlier, past.mean, alpha)),
    )
    fall = past.mean - worth.now.mean
    return WorthJudged(name, worth.now.n, past.mean, worth.now.mean, fall, fall - radius, fall + radius)


def _between(windows: list[Moments], mean: float, alpha: float) -> float:
    """How far the mean of a further window may be off by itself."""
    chance = ((one, one.mean or 0.0) for one in windows)
    return further_deviation([(own - mean) ** 2 - one.around(own) / one.n**2 for one, own in chance], alpha)
