"""Was the model as good as the baseline lets expect on the same scores, and how surely?

Realised quality has an interval that holds however often it is looked at while outcomes come in
(`serin.stats.anytime_mean`). The expected one is for just the predictions whose outcomes are known, so that it does not
matter which these are. A loss counts beyond chance, beyond what the baseline's outcomes leave open, and beyond how much
the baseline's own stretches differ from what their scores let expect.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from serin.drift.score_quality import (
    CLASSIFICATION,
    ScoreQuality,
    expected_quality,
    harmful,
    noticeable,
    quality_of,
)
from serin.stats.anytime_mean import anytime_factor
from serin.stats.area_under_curve import Estimate
from serin.stats.between_groups import further_deviation
from serin.stats.numeric_bins import Floats

__all__ = ["BINS", "Judged", "Outcomes", "judge_outcomes", "natural_gap"]

BINS = 50
_FEW = 10  # of each kind, below which a standard error of an AUC means nothing
_BLOCKS = 8
_LIKELY = 0.05


@dataclass(frozen=True)
class Outcomes:
    """What is known of one group of predictions, as sums: `bins` predictions, positives and scores in fifty equal bins
    of the score from 0 to 1; `errors` how many have a numeric outcome, their absolute and their squared errors."""

    bins: Mapping[int, tuple[int, int, float]] = field(default_factory=dict)
    errors: tuple[int, float, float] = (0, 0.0, 0.0)

    def lines(self) -> Floats:
        """By bin: predictions, positives, 0, scores."""
        found = np.zeros((BINS, 4))
        for place, (n, positives, scores) in self.bins.items():
            found[place] = n, positives, 0.0, scores
        return found


@dataclass(frozen=True)
class Judged:
    """`group` is "" for all, `name=value` for a segment. `loss` is by how much the realised quality is worse than the
    expected one: points of AUC from 0 to 1, or the share by which the mean absolute error is larger. `low` and `high`
    enclose the realised one, `loss_low` and `loss_high` the loss, but for the chance that the budget leaves; below
    `loss_most` it is with 97.5 %, however much is natural."""

    group: str
    task: str
    n: int
    expected: float
    realised: float
    low: float
    high: float
    loss: float
    loss_low: float
    loss_high: float
    loss_most: float

    @property
    def has_fallen(self) -> bool:
        """Surely, and by an amount worth a word: 2 points of AUC, a tenth of the error."""
        return self.loss_low > 0 and self.loss >= noticeable(self.task)

    @property
    def holds(self) -> bool:
        """Is a loss that matters ruled out: 5 points of AUC, a fifth of the error?"""
        return self.loss_most < harmful(self.task)

    def is_as_good_as(self, value: float) -> bool:
        """Surely no more than a noticeable loss below this quality."""
        if self.task == CLASSIFICATION:
            return self.low > value - noticeable(self.task)
        return self.high < value * (1 + noticeable(self.task))

    @property
    def is_mirrored(self) -> bool:
        """Do outcomes rank as well as expected, but the wrong way round?"""
        return self.task == CLASSIFICATION and self.high < 0.5 and 1 - self.realised > (0.5 + self.expected) / 2

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge_outcomes(
    group: str, outcomes: Outcomes, reference: ScoreQuality, scores: Floats, natural: float, alpha: float
) -> Judged | None:
    """None where there are too few outcomes for any figure. `scores` are the window's counts of the reference's series;
    `natural` is the standard deviation between stretches of the baseline, beyond chance."""
    sums = reference.groups.get(group, reference.overall)
    if reference.task == CLASSIFICATION:
        lines = outcomes.lines()
        positives, n = lines[:, 1].sum(), round(float(lines[:, 0].sum()))
        found = quality_of(lines, CLASSIFICATION) if min(positives, n - positives) >= _FEW else None
        expected = expected_quality(_coarse(sums), lines[:, 0], CLASSIFICATION)
    else:
        n, total, squares = outcomes.errors
        found = _mean(n, total, squares) if n >= 2 * _FEW else None
        expected = expected_quality(sums, scores, reference.task)
    if found is None or expected is None:
        return None
    return _judged(group, reference.task, found, expected.value, expected.unknown, natural, alpha)


def natural_gap(reference: ScoreQuality, size: int, seconds: float, length: float, alpha: float) -> float:
    """How far realised - expected quality of a further stretch may be off by itself, as a standard deviation: from the
    baseline's own of `size` windows each; for windows longer than these `seconds` as a mean of independent stretches. 0
    for fewer than eight."""
    number = len(reference.windows) // size
    gaps = []
    for at in range(number):
        sums = np.sum(reference.windows[at * size : (at + 1) * size], axis=0)
        found = quality_of(sums, reference.task)
        expected = expected_quality(np.maximum(reference.overall - sums, 0.0), sums[:, 0], reference.task)
        if found is not None and expected is not None and found.n >= 2 * _FEW and found.error > 0:
            gaps.append((found.value - expected.value) ** 2 - found.error**2 - expected.unknown**2)
    if len(gaps) < _BLOCKS:
        return 0.0
    return further_deviation(gaps, alpha) * math.sqrt(min(1.0, seconds / length))


def _judged(
    group: str, task: str, found: Estimate, expected: float, unknown: float, natural: float, alpha: float
) -> Judged:
    loss, scale = expected - found.value, 1.0
    if task != CLASSIFICATION:
        loss, scale = -loss / expected, 1 / expected
    surely = scale * _radius(found, math.hypot(unknown, natural), alpha)
    likely = scale * _radius(found, unknown, _LIKELY)
    own = anytime_factor(found.n, alpha) * found.error
    return Judged(
        group, task, found.n, expected, found.value, found.value - own, found.value + own,
        loss, loss - surely, loss + surely, loss + likely,
    )  # fmt: skip


def _radius(found: Estimate, unknown: float, alpha: float) -> float:
    """Of the loss. What the baseline leaves open is drawn once, so that looking again does not add to it."""
    beyond = NormalDist().inv_cdf(1 - alpha / 2) * unknown
    return math.hypot(anytime_factor(found.n, alpha) * found.error, beyond)


def _mean(n: int, total: float, squares: float) -> Estimate:
    mean = total / n
    return Estimate(mean, math.sqrt(max(0.0, squares / n - mean**2) / n), n)


def _coarse(sums: Floats) -> Floats:
    """By the fifty bins in which outcomes are counted, each slot in that of its mean score."""
    found = np.zeros((BINS, sums.shape[1]))
    known = sums[:, 0] > 0
    places = np.clip((sums[known, 3] / sums[known, 0] * BINS).astype(np.int64), 0, BINS - 1)
    np.add.at(found, places, sums[known])
    return found
