"""How good should a model be on a window's scores, if at each score all is as it was? Is that worse than before?"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from serin.drift.score_quality import CLASSIFICATION, ScoreQuality, expected_quality, harmful, noticeable
from serin.stats.between_groups import further_deviation
from serin.stats.numeric_bins import Floats

__all__ = ["Expectation", "expect"]


@dataclass(frozen=True)
class Expectation:
    """`fall` is baseline - expected in points of AUC from 0 to 1, or by which share the error grows. Its interval is
    that beyond chance alone; `usual` is how far the baseline's own stretches are off by themselves."""

    task: str
    baseline: float
    expected: float
    fall: float
    fall_low: float
    fall_high: float
    usual: float

    @property
    def has_fallen(self) -> bool:
        """Surely, and by an amount that matters; or by one worth a word, more than stretches do by themselves."""
        if self.fall_low <= 0:
            return False
        return self.fall >= harmful(self.task) or self.fall >= max(noticeable(self.task), self.usual)


def expect(reference: ScoreQuality, scores: Floats, stretches: Floats, alpha: float) -> Expectation | None:
    """From the window's counts of the reference's series, and from those of the baseline's stretches, a line each. None
    without scores or outcomes of the baseline."""
    before = reference.quality
    found = expected_quality(reference.overall, scores, reference.task)
    if before is None or found is None:
        return None
    z = NormalDist().inv_cdf(1 - alpha / 2)
    fall, radius = before.value - found.value, z * math.hypot(found.unknown, found.drawn)
    usual = z * _between(reference, before.value, stretches, alpha)
    if reference.task != CLASSIFICATION:
        fall, radius, usual = -fall / before.value, radius / before.value, usual / before.value
    return Expectation(reference.task, before.value, found.value, fall, fall - radius, fall + radius, usual)


def _between(reference: ScoreQuality, overall: float, stretches: Floats, alpha: float) -> float:
    """Only the chance in the expected quality is taken off: that of outcomes would hide what stretches differ by."""
    each = (expected_quality(reference.overall, line, reference.task) for line in stretches)
    return further_deviation([(one.value - overall) ** 2 - one.of_scores**2 for one in each if one is not None], alpha)
