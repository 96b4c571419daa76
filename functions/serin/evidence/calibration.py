"""How far are scores from how often it happened? The same figure that outcomes get online, for rows with weights.

    error = sum over bins |sum of (score - outcome)| / rows

Chance alone makes it positive, and drawing rows anew adds chance once more: percentiles of draws would lie above the
true error. By the triangle inequality it is off by no more than the `noise`, the sum over bins of |gap of a draw - gap|.

Source: Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning".
"""

from collections.abc import Callable

import numpy as np

from serin.evidence.bootstrap import Floats, Statistic
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
    """By how much chance may have changed the error of these rows, judged by one draw."""
    gaps = _gaps(outcome, score)
    seen = gaps(np.ones(len(score)))
    return lambda weights: float(np.abs(gaps(weights) - seen).sum())


def _gaps(outcome: Floats, score: Floats) -> Callable[[Floats], Floats]:
    """By bin, as shares of all rows."""
    places = np.minimum((score * BINS).astype(np.int64), BINS - 1)
    misses = score - outcome
    return lambda weights: np.bincount(places, weights * misses, BINS) / weights.sum()
