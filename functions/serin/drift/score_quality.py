"""How good were the baseline's predictions at each score, and how good would they be on other scores?

If only the inputs have moved, what happens at a given score has not: the outcomes of each score's slot in the baseline,
weighted by the window's scores, give the quality to expect (covariate shift; the performance estimate that needs no
outcomes). What is really seen beyond that is concept drift. It is as fine as the slots, 65 to 100 of them, and rests on
the assumption that the score says all that matters of a row.

Source: Shimodaira 2000, "Improving predictive inference under covariate shift by weighting the log-likelihood
function"; Garg et al. 2022 for estimates of accuracy from scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from serin.drift.packing import packed, unpacked
from serin.drift.series import Array
from serin.stats.area_under_curve import Estimate, area_under_curve
from serin.stats.numeric_bins import Floats, NumericBins

__all__ = ["CLASSIFICATION", "Expected", "ScoreQuality", "expected_quality", "harmful", "noticeable", "quality_of"]

CLASSIFICATION = "classification"
_COLUMNS = 4


@dataclass(frozen=True)
class Expected:
    """`unknown` is the standard error that the baseline's outcomes leave, `drawn` that of as many rows by chance, and
    `of_scores` the part of it that `value` itself has: it depends on which scores come, not on their outcomes."""

    value: float
    unknown: float
    drawn: float
    of_scores: float


@dataclass(frozen=True)
class ScoreQuality:
    """By the slots of the series `key`, four sums: rows with an outcome; positives, or absolute errors; 0, or squared
    errors; scores. For all rows (""), by segment (`name=value`) and by window of the baseline.
    """

    key: str
    task: str
    groups: Mapping[str, Floats]
    windows: tuple[Floats, ...] = field(default=())

    @classmethod
    def of(
        cls, key: str, bins: NumericBins, task: str, scores: Array, outcomes: Array,
        segments: Mapping[str, npt.NDArray[np.intp]], windows: tuple[npt.NDArray[np.intp], ...],
    ) -> "ScoreQuality":  # fmt: skip
        """`scores` and `outcomes` by row, NaN where there is none; segments and windows by the places of their rows."""
        places = {"": np.arange(len(scores)), **segments}
        groups = {name: _sums(bins, task, scores[rows], outcomes[rows]) for name, rows in places.items()}
        return cls(key, task, groups, tuple(_sums(bins, task, scores[rows], outcomes[rows]) for rows in windows))

    @cached_property
    def overall(self) -> Floats:
        return self.groups[""]

    @property
    def outcomes(self) -> int:
        return int(self.overall[:, 0].sum())

    @cached_property
    def quality(self) -> Estimate | None:
        """The baseline's own: AUC, or mean absolute error."""
        return quality_of(self.overall, self.task)

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "task": self.task,
            "groups": {name: packed(matrix) for name, matrix in self.groups.items()},
            "windows": packed(np.array(self.windows).reshape(len(self.windows), *self.overall.shape)),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], slots: int) -> "ScoreQuality":
        """Raises ValueError, KeyError or TypeError when it is none by so many slots."""
        groups = {str(name): unpacked(one) for name, one in document["groups"].items()}
        windows = unpacked(document["windows"])
        if "" not in groups or {one.shape for one in (*groups.values(), *windows)} != {(slots, _COLUMNS)}:
            raise ValueError(f"quality by score must have {slots} slots of {_COLUMNS} sums.")
        return cls(str(document["key"]), str(document["task"]), groups, tuple(windows))


def quality_of(sums: Floats, task: str) -> Estimate | None:
    """None without what it takes: an outcome, and both kinds of them for an AUC."""
    if task == CLASSIFICATION:
        return area_under_curve(sums[:, 0], sums[:, 1])
    n, total, squares = (float(sums[:, column].sum()) for column in range(3))
    if not n:
        return None
    return Estimate(total / n, float(np.sqrt(max(0.0, squares / n - (total / n) ** 2) / n)), round(n))


def noticeable(task: str) -> float:
    """The loss worth a word: 2 points of AUC, or a tenth of the mean absolute error."""
    return 0.02 if task == CLASSIFICATION else 0.1


def harmful(task: str) -> float:
    """The loss that matters, and has to be ruled out before all is well: 5 points of AUC, or a fifth of the error."""
    return 0.05 if task == CLASSIFICATION else 0.2


def expected_quality(sums: Floats, rows: Floats, task: str) -> Expected | None:
    """What to expect where the window has so many rows at each score, by the baseline's sums for it; else None.

    Outcomes at a score are Bernoulli, errors at it have the baseline's spread, and rows come by themselves (the delta
    method).
    """
    return _expected_area(sums, rows) if task == CLASSIFICATION else _expected_error(sums, rows)


def _expected_area(sums: Floats, rows: Floats) -> Expected | None:
    rates, weights = _rates(sums), np.asarray(rows, np.float64)
    found = area_under_curve(weights, weights * rates)
    known = sums[:, 0] + 1
    if found is None:
        return None
    of_positive, of_negative = _gains(weights, rates, found.value)
    of_rates = (((of_positive - of_negative) * weights) ** 2 * rates * (1 - rates) / known).sum()
    of_scores = weights @ (rates * of_positive + (1 - rates) * of_negative) ** 2
    return Expected(found.value, float(np.sqrt(of_rates)), found.error, float(np.sqrt(of_scores)))


def _expected_error(sums: Floats, rows: Floats) -> Expected | None:
    known, weights = sums[:, 0], np.asarray(rows, np.float64)
    total = known.sum()
    if not total or not weights.sum():
        return None
    mean, square = sums[:, 1].sum() / total, sums[:, 2].sum() / total
    means = (sums[:, 1] + mean) / (known + 1)  # one row of the average where a slot has few or none
    spreads = np.maximum((sums[:, 2] + square) / (known + 1) - means**2, 0.0)
    share = weights / weights.sum()
    value = float(share @ means)
    of_scores = share @ (means - value) ** 2 / weights.sum()
    drawn = of_scores + share @ spreads / weights.sum()
    of_rates = (share**2 * spreads / (known + 1)).sum()
    return Expected(value, float(np.sqrt(of_rates)), float(np.sqrt(drawn)), float(np.sqrt(of_scores)))


def _rates(sums: Floats) -> Floats:
    """The share of positives by slot, with one row of the score itself as the prior."""
    known, scores = sums[:, 0], sums[:, 3]
    prior = np.where(known > 0, scores / np.maximum(known, 1.0), np.nan)
    some = np.flatnonzero(known > 0)
    if some.size:
        prior = np.interp(np.arange(known.size), some, prior[some])
    return np.asarray((sums[:, 1] + np.clip(np.nan_to_num(prior, nan=0.5), 0.0, 1.0)) / (known + 1))


def _gains(weights: Floats, rates: Floats, area: float) -> tuple[Floats, Floats]:
    """By how much the AUC changes with one more row in a slot that is positive, and with one that is negative."""
    positive, negative = weights * rates, weights * (1 - rates)
    p, n = positive.sum(), negative.sum()
    below = np.cumsum(negative) - negative / 2
    above = p - np.cumsum(positive) + positive / 2
    return np.asarray((below / n - area) / p), np.asarray((above / p - area) / n)


def _sums(bins: NumericBins, task: str, scores: Array, outcomes: Array) -> Floats:
    known = np.isfinite(scores) & np.isfinite(outcomes)
    score, outcome = scores[known].astype(np.float64), outcomes[known].astype(np.float64)
    slots, size = bins.boundaries.searchsorted(score, side="right"), bins.boundaries.size + 1
    misses = np.abs(score - outcome)
    columns = (outcome, np.zeros_like(score)) if task == CLASSIFICATION else (misses, misses**2)
    weighted = [np.bincount(slots, column, size) for column in (*columns, score)]
    return np.column_stack([np.bincount(slots, minlength=size).astype(np.float64), *weighted])
