"""How far are scores from how often it happened? The same figure that outcomes get online, for rows with weights.

    error = sum over bins |sum of (score - outcome)| / rows

Chance alone makes it positive, and drawing rows anew adds chance once more: percentiles of draws would lie above the
true error. By the triangle inequality it is off by no more than the `noise`: the sum over bins of |a draw's gap - gap|.

Source: Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning".
"""

import math
from collections.abc import Callable

import numpy as np

from serin.evidence.bootstrap import Floats, Statistic
from serin.outcomes.outcome import MICRO
from serin.outcomes.quality import BINS

__all__ = ["calibration_error", "calibration_noise"]


def calibration_error(outcome: Floats, score: Floats) -> Statistic:
    """
    >>> error = calibration_error(np.array([0.0, 1.0]), np.array([0.25, 0.25]))
    >>> error(np.ones(2)), error(np.array([3.0, 1.0]))
    (0.25, 0.0)
    """
    gaps = _gaps(outcome, score)
    return lambda weights: float(np.abs(gaps(weights)).sum())


def calibration_noise(outcome: Floats, score: Floats) -> Statistic:
    """By how much chance may have changed the error of these rows, judged by one draw.

    The rows of a bin vary around its own mean, and so by less than they should: hence sqrt(n / (n - bins)).
    """
    gaps, n = _gaps(outcome, score), len(score)
    seen = gaps(np.ones(n))
    short = math.sqrt(n / max(1, n - len(np.unique(_places(score)))))
    return lambda weights: float(short * np.abs(gaps(weights) - seen).sum())


def _gaps(outcome: Floats, score: Floats) -> Callable[[Floats], Floats]:
    """By bin, as shares of all rows."""
    places, misses = _places(score), score - outcome
    return lambda weights: np.bincount(places, weights * misses, BINS) / weights.sum()


def _places(score: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """In whole numbers, as online: 0.58 * 50 is less than 29, and a score on an edge belongs above it."""
    return np.minimum(np.rint(score * MICRO).astype(np.int64) * BINS // MICRO, BINS - 1)
