"""What does an endpoint's owner ask of a version? `gates` in cdk.json, with what holds where it says nothing."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from serin.errors import InvalidSettings
from serin.evidence.metrics import BY_CLASS, METRICS, higher_is_better

__all__ = ["Threshold", "Thresholds"]


@dataclass(frozen=True)
class Threshold:
    """Of one metric, in its own units. `margin`: how much worse than the live version it may be."""

    min: float | None = None
    max: float | None = None
    margin: float | None = None

    @property
    def limit(self) -> float | None:
        return self.max if self.min is None else self.min


@dataclass(frozen=True)
class Thresholds:
    """`min_rows` is for whatever a figure rests on, `latency_ms` for the 99th percentile (None: the endpoint's budget).

    `drill_days`: how old the last rehearsed rollback may be; 0 asks for none. `card`: the texts that a model card must
    have. `fairness` is read by serin.fairness.
    """

    metrics: Mapping[str, Threshold] = field(default_factory=dict)
    min_rows: int = 100
    latency_ms: float | None = None
    drill_days: int = 90
    card: tuple[str, ...] = ("intended_use", "limitations")
    fairness: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """What the document doesn't say stays as above. Raises InvalidSettings for metrics and limits that can't be."""
        known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
        known["metrics"] = {name: _threshold(name, one) for name, one in document.get("metrics", {}).items()}
        known["card"] = tuple(document.get("card", cls.card))
        return cls(**known)


def _threshold(name: str, document: Mapping[str, float | None]) -> Threshold:
    if name not in METRICS and not name.startswith(BY_CLASS):
        near = difflib.get_close_matches(name, METRICS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(METRICS)} and {BY_CLASS}CLASS"
        raise InvalidSettings(f"metrics.{name} is not a metric; {hint}")
    threshold, better = Threshold(**document), higher_is_better(name)
    if threshold == Threshold():
        raise InvalidSettings(f"metrics.{name} sets nothing: give it a limit, a margin, or both")
    if better and threshold.max is not None:
        raise InvalidSettings(f"metrics.{name}.max is no limit: the more of it the better, so use min")
    if not better and threshold.min is not None:
        raise InvalidSettings(f"metrics.{name}.min is no limit: the less of it the better, so use max")
    return threshold
