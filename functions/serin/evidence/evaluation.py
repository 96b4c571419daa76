"""What was found out about a version on given data: an immutable document, one for each evaluation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

__all__ = ["Estimate", "Evaluation", "Latency", "Rival"]


@dataclass(frozen=True)
class Estimate:
    """A figure with the interval that holds the true one with 95 %, and on how many rows it rests."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Latency:
    """Of one run of the model with `batch` rows, in milliseconds."""

    batch: int
    p50: float
    p99: float
    runs: int


@dataclass(frozen=True)
class Rival:
    """The version that was live, on the same rows. `differences` are candidate minus rival, paired row by row."""

    version: int
    metrics: Mapping[str, Estimate] = field(default_factory=dict)
    differences: Mapping[str, Estimate] = field(default_factory=dict)
    latency: Latency | None = None


@dataclass(frozen=True)
class Evaluation:
    """`fairness` is the document of serin.fairness, None where no subgroups were asked for. `machine` says in words
    where the latency was measured. `threshold` is the probability from which on a binary decision is positive."""

    id: str
    model: str
    version: int
    at: str
    by: str
    task: str
    data: str
    data_sha256: str
    rows: int
    label: str
    metrics: Mapping[str, Estimate]
    latency: Latency | None = None
    machine: str = ""
    rival: Rival | None = None
    fairness: Mapping[str, Any] | None = None
    threshold: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
        known["metrics"] = _estimates(document["metrics"])
        known["latency"] = _latency(document.get("latency"))
        known["rival"] = _rival(document.get("rival"))
        return cls(**known)


def _estimates(document: Mapping[str, Any]) -> dict[str, Estimate]:
    return {name: Estimate(**one) for name, one in document.items()}


def _latency(document: Mapping[str, Any] | None) -> Latency | None:
    return Latency(**document) if document else None


def _rival(document: Mapping[str, Any] | None) -> Rival | None:
    if not document:
        return None
    return Rival(
        document["version"],
        _estimates(document["metrics"]),
        _estimates(document["differences"]),
        _latency(document.get("latency")),
    )
