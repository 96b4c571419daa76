"""How good should a model be on a window's scores, if at each score all is as it was? Is that worse than before?"""

import math
from dataclasses import asdict, dataclass
from statistics import NormalDist, pvariance
from typing import Any

from serin.drift.score_quality import CLASSIFICATION, ScoreQuality, expected_quality, harmful, noticeable
from serin.stats.numeric_bins import Floats
from serin.stats.prediction_bound import LEAST

__all__ = ["Expectation", "expect"]


@dataclass(frozen=True)
class Expectation:
    """`fall` is baseline - expected in points of AUC from 0 to 1, or by which share the error grows."""

    task: str
    baseline: float
    expected: float
    fall: float
    fall_low: float
    fall_high: float

    @property
    def has_fallen(self) -> bool:
        """Surely, and by an amount worth a word."""
        return self.fall_low > 0 and self.fall >= noticeable(self.task)

    @property
    def holds(self) -> bool:
        """Is a fall that matters ruled out?"""
        return self.fall_high < harmful(self.task)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def expect(reference: ScoreQuality, scores: Floats, stretches: Floats, alpha: float) -> Expectation | None:
    """From the window's counts of the reference's series, and from those of the baseline's stretches, a line each: as
    much as they differ among each other is no fall. None without scores or outcomes of the baseline."""
    before = reference.quality
    found = expected_quality(reference.overall, scores, reference.task)
    if before is None or found is None:
        return None
    radius = NormalDist().inv_cdf(1 - alpha / 2) * math.hypot(
        found.unknown, found.drawn, _between(reference, stretches)
    )
    fall = before.value - found.value
    if reference.task != CLASSIFICATION:
        fall, radius = -fall / before.value, radius / before.value
    return Expectation(reference.task, before.value, found.value, fall, fall - radius, fall + radius)


def _between(reference: ScoreQuality, stretches: Floats) -> float:
    """The standard deviation between stretches, beyond chance (DerSimonian & Laird 1986)."""
    each = [expected_quality(reference.overall, line, reference.task) for line in stretches]
    known = [one for one in each if one is not None]
    if len(known) < LEAST:
        return 0.0
    chance = sum(one.drawn**2 for one in known) / len(known)
    return math.sqrt(max(0.0, pvariance(one.value for one in known) - chance))
