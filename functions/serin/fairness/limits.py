"""How unlike may groups be? What an owner allows, declared before anything was evaluated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from serin.errors import InvalidSettings
from serin.fairness.metrics import Metric

__all__ = ["CONFIDENCE", "RATIOS", "Limits"]

CONFIDENCE = 0.95
"""With which all intervals of a report hold, together."""

_DIFFERENCES = {
    Metric.SELECTION_RATE: 0.10,
    Metric.TPR: 0.10,
    Metric.FPR: 0.10,
    Metric.CALIBRATION: 0.05,
    Metric.ERROR: 0.10,
}
RATIOS = tuple(metric for metric in Metric if metric is not Metric.CALIBRATION)
"""Metrics of which there are ratios: calibration may be below zero."""

_WHERE = "gates.fairness"


@dataclass(frozen=True)
class Limits:
    """`difference`: the largest figure minus the smallest is at most this, for regression in units of the mean absolute
    error over all rows. `ratio`: the smallest over the largest is at least this (four fifths: 0.8). Metrics without any
    limit are reported, and not judged. `columns`: those that count, with their pairs; all where there are none.

    Groups of fewer than `least_rows` are too small to be told anything of. Groups of a smaller share of the rows than
    `least_share` are reported, and not judged: 0 judges all.
    """

    difference: Mapping[Metric, float] = field(default_factory=lambda: dict(_DIFFERENCES))
    ratio: Mapping[Metric, float] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    least_rows: int = 30
    least_share: float = 0.0

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> Self:
        """The section `fairness` of an endpoint's gates. With limits of its own, only the metrics in it are judged.

        Raises InvalidSettings for what can't be a limit.
        """
        if not isinstance(settings, Mapping):
            raise InvalidSettings(f'{_WHERE} is {settings!r}: write an object, as in {{"difference": {{"tpr": 0.1}}}}.')
        unknown = sorted(set(settings) - set(cls.__dataclass_fields__))
        if unknown:
            raise InvalidSettings(
                f"{_WHERE}.{unknown[0]} is not a setting: there are {', '.join(cls.__dataclass_fields__)}."
            )
        own = "difference" in settings or "ratio" in settings
        return cls(
            _limits(settings.get("difference", {} if own else _DIFFERENCES), "difference", tuple(Metric)),
            _limits(settings.get("ratio", {}), "ratio", RATIOS),
            _columns(settings.get("columns", ())),
            int(_number(settings.get("least_rows", 30), "least_rows", 2, 10**9, whole=True)),
            _number(settings.get("least_share", 0.0), "least_share", 0, 1),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "difference": {metric.value: limit for metric, limit in self.difference.items()},
            "ratio": {metric.value: limit for metric, limit in self.ratio.items()},
            "columns": list(self.columns),
            "least_rows": self.least_rows,
            "least_share": self.least_share,
        }


def _limits(found: Any, kind: str, metrics: tuple[Metric, ...]) -> dict[Metric, float]:
    if not isinstance(found, Mapping):
        raise InvalidSettings(f'{_WHERE}.{kind} is {found!r}: write limits by metric, as in {{"tpr": 0.1}}.')
    unknown = sorted(set(map(str, found)) - set(metrics))
    if unknown:
        raise InvalidSettings(f"{_WHERE}.{kind}.{unknown[0]} is not a metric: there are {', '.join(metrics)}.")
    return {Metric(name): _number(limit, f"{kind}.{name}", 0, 1) for name, limit in found.items()}


def _number(found: Any, name: str, low: float, high: float, *, whole: bool = False) -> float:
    kinds = (int,) if whole else (int, float)
    if isinstance(found, bool) or not isinstance(found, kinds) or not low <= found <= high:
        kind = "whole number" if whole else "number"
        raise InvalidSettings(f"{_WHERE}.{name} is {found!r}; it must be a {kind} from {low} to {high:g}.")
    return found


def _columns(found: Any) -> tuple[str, ...]:
    if isinstance(found, str) or not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise InvalidSettings(f"{_WHERE}.columns is {found!r}: write a list of column names.")
    return tuple(found)
