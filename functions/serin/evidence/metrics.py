"""By which figures is a model judged, and which way is better? One table for each kind of task."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from serin.evidence.answers import Answers, Task
from serin.evidence.bootstrap import Floats, Statistic
from serin.evidence.calibration import calibration_error, calibration_noise
from serin.evidence.ranking import weighted_auc

__all__ = ["BY_CLASS", "METRICS", "Figure", "figures", "higher_is_better"]

METRICS = {
    "auc": True, "accuracy": True, "log_loss": False, "brier": False, "calibration_error": False,
    "mae": False, "rmse": False, "pinball": False,
}  # fmt: skip
"""By name: is more of it better?"""

BY_CLASS = "accuracy:"
"""Begins the name of the accuracy among the rows of one class."""

_SURE = 1e-6
_MOST_CLASSES = 50


@dataclass(frozen=True)
class Figure:
    """A statistic of weighted rows and on how many rows it rests. `share`: it counts rows or pairs and lies between 0
    and 1; it then depends on no more than `weakest` rows, those of the rarer class. `noise` bounds what chance does
    to it, where that is no matter of percentiles."""

    of: Statistic
    n: int
    share: bool = False
    weakest: int = 0
    noise: Statistic | None = None


def higher_is_better(metric: str) -> bool:
    """Raises KeyError for a name that is none.

    >>> higher_is_better("accuracy:setosa"), higher_is_better("mae")
    (True, False)
    """
    return metric.startswith(BY_CLASS) or METRICS[metric]


def figures(
    answers: Answers, outcome: Floats, classes: Sequence[str], *, threshold: float, quantile: float
) -> dict[str, Figure]:
    """All figures of the task. A binary decision is positive from the threshold on; `quantile` is that of pinball."""
    score, n = answers.scores, len(outcome)
    match answers.task:
        case Task.BINARY:
            return dict(_binary(score, outcome, n, threshold))
        case Task.MULTICLASS:
            return dict(_multiclass(score, outcome.astype(np.int64), classes, n))
        case Task.REGRESSION:
            return dict(_regression(score - outcome, n, quantile))


def _binary(score: Floats, outcome: Floats, n: int, threshold: float) -> Iterator[tuple[str, Figure]]:
    right = (score >= threshold) == (outcome > 0)
    rarer = int(min(outcome.sum(), n - outcome.sum()))
    yield "auc", Figure(weighted_auc(outcome, score), n, share=True, weakest=rarer)
    yield "log_loss", Figure(_mean(_surprise(np.where(outcome > 0, score, 1 - score))), n)
    yield "brier", Figure(_mean((score - outcome) ** 2), n)
    error, noise = calibration_error(outcome, score), calibration_noise(outcome, score)
    yield "calibration_error", Figure(error, n, noise=noise)
    yield "accuracy", Figure(_mean(right.astype(np.float64)), n, share=True, weakest=n)


def _multiclass(
    score: Floats, outcome: np.ndarray[tuple[int], np.dtype[np.int64]], classes: Sequence[str], n: int
) -> Iterator[tuple[str, Figure]]:
    right = (score.argmax(axis=1) == outcome).astype(np.float64)
    yield "accuracy", Figure(_mean(right), n, share=True, weakest=n)
    yield "log_loss", Figure(_mean(_surprise(score[np.arange(n), outcome])), n)
    counts = np.bincount(outcome, minlength=len(classes))
    for place in np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist():
        if count := int(counts[place]):
            among = _mean_among(right, np.flatnonzero(outcome == place))
            yield BY_CLASS + classes[place], Figure(among, count, share=True, weakest=count)


def _regression(residual: Floats, n: int, quantile: float) -> Iterator[tuple[str, Figure]]:
    squares = _mean(residual**2)
    yield "mae", Figure(_mean(np.abs(residual)), n)
    yield "rmse", Figure(lambda weights: float(np.sqrt(squares(weights))), n)
    yield "pinball", Figure(_mean(np.maximum(-quantile * residual, (1 - quantile) * residual)), n)


def _surprise(probability: Floats) -> Floats:
    return -np.log(np.maximum(probability, _SURE))


def _mean(values: Floats) -> Statistic:
    # Not `@`: BLAS would start threads for it, which wait for each other thousands of times where cores are busy.
    return lambda weights: float(np.einsum("i,i", weights, values) / weights.sum())


def _mean_among(values: Floats, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Callable[[Floats], float]:
    chosen = _mean(values[rows])

    def among(weights: Floats) -> float:
        return chosen(weights[rows]) if weights[rows].any() else float("nan")

    return among
