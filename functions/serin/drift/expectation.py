"""How good should a model be on a window's scores, if at each score all is as it was? Is that worse than before?"""

import math
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from serin.drift.score_quality import CLASSIFICATION, ScoreQuality, expected_quality, harmful, noticeable
from serin.stats.numeric_bins import Floats

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


def expect(reference: ScoreQuality, scores: Floats, alpha: float) -> Expectation | None:
    """From the window's counts of the reference's series; None without scores or outcomes of the baseline."""
    before = reference.quality
    found = expected_quality(reference.overall, scores, reference.task)
    if before is None or found is None:
        return None
    radius = NormalDist().inv_cdf(1 - alpha / 2) * math.hypot(found.unknown, found.drawn)
    fall = before.value - found.value
    if reference.task != CLASSIFICATION:
        fall, radius = -fall / before.value, radius / before.value
    return Expectation(reference.task, before.value, found.value, fall, fall - radius, fall + radius)
