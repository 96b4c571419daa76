"""What did a run log beside its model: parameters, metrics, tags, data sets?"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Dataset", "Metric", "Run", "of_model", "rows_of"]

_TRAINING = ("training", "train")


@dataclass(frozen=True)
class Dataset:
    """MLflow's digest of the data, and how many rows it has, where that is known."""

    name: str
    digest: str
    rows: int | None
    context: str = ""


@dataclass(frozen=True)
class Metric:
    """`dataset` is the digest of the data that it was measured on, where that is known; `at` orders those of a name."""

    name: str
    value: float
    at: tuple[int, int]
    dataset: str = ""


@dataclass(frozen=True)
class Run:
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    datasets: tuple[Dataset, ...] = ()

    @property
    def trained_on(self) -> Dataset | None:
        """What was logged as training data, else the first that was logged."""
        return min(self.datasets, key=lambda one: (one.context not in _TRAINING, one.name, one.digest), default=None)

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        """As evidence.json has them, with a sample size where it is known."""
        known = {dataset.digest: dataset for dataset in self.datasets}
        return [_evaluation(metric, known.get(metric.dataset)) for metric in self.metrics]


def _latest(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """The last value of each name on each data set, sorted by name."""
    found: dict[tuple[str, str], Metric] = {}
    for metric in metrics:
        key = metric.name, metric.dataset
        if key not in found or found[key].at <= metric.at:
            found[key] = metric
    return tuple(found[key] for key in sorted(found))


def of_model(run: Iterable[Metric], model: Iterable[Metric]) -> tuple[Metric, ...]:
    """What was measured of the model itself, and of the run what was not: it may go on after the model was logged."""
    found = _latest(model)
    names = {metric.name for metric in found}
    return (*found, *(metric for metric in _latest(run) if metric.name not in names))


def rows_of(profile: str | None) -> int | None:
    """From what MLflow tells of a data set in JSON."""
    try:
        told = json.loads(profile or "{}")
        rows = told.get("num_rows") or next(iter(told.get("features_shape") or ()), None)
        return int(rows) if rows else None
    except (AttributeError, TypeError, ValueError):
        return None


def _evaluation(metric: Metric, dataset: Dataset | None) -> dict[str, Any]:
    found: dict[str, Any] = {"metric": metric.name, "value": metric.value}
    if dataset is not None:
        found |= {"data": dataset.name} | ({"sample_size": dataset.rows} if dataset.rows else {})
    return found
