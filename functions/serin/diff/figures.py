"""What speaks for two versions, side by side: metrics with their intervals, latency, size."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from serin.diff.version import Version
from serin.evidence.evaluation import Estimate, Evaluation

__all__ = ["Figure", "Figures", "Row", "declared_figures", "side_by_side"]


@dataclass(frozen=True)
class Figure:
    """`low` and `high` where an interval is known, `n` the rows it rests on."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class Row:
    """One measure of both. `difference`, after minus before, is known where both were measured on the same rows."""

    name: str
    before: Figure | None
    after: Figure | None
    difference: Figure | None = None


@dataclass(frozen=True)
class Figures:
    """`same_data` is None where one of them was not evaluated."""

    declared: tuple[Row, ...] = ()
    evaluated: tuple[Row, ...] = ()
    latency: tuple[Row, ...] = ()
    size: Row = Row("artifact, bytes", None, None)
    evaluations: tuple[Evaluation | None, Evaluation | None] = (None, None)

    @property
    def same_data(self) -> bool | None:
        one, two = self.evaluations
        return None if one is None or two is None else one.data_sha256 == two.data_sha256

    def to_dict(self) -> dict[str, Any]:
        document = asdict(self)
        document["evaluations"] = [one and _about(one) for one in self.evaluations]
        return {**document, "same_data": self.same_data}


def side_by_side(before: Version, after: Version) -> Figures:
    one, two = _chosen(before.evaluations, after.evaluations)
    declared = _rows(dict(declared_figures(before.declared)), dict(declared_figures(after.declared)))
    sizes = [Figure(version.record.artifact_bytes) for version in (before, after)]
    return Figures(
        declared, _rows(_metrics(one), _metrics(two), _paired(before, one, two)), _rows(_latency(one), _latency(two)),
        Row("artifact, bytes", *sizes), (one, two),
    )  # fmt: skip


def declared_figures(document: Mapping[str, Any] | None) -> Iterator[tuple[str, Figure]]:
    """evidence.json is free in its form: what names a metric and its value in `evaluations` is read."""
    entries = (document or {}).get("evaluations")
    for one in entries if isinstance(entries, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("metric"), str) and _number(one.get("value")) is not None:
            data = f" ({one['data']})" if one.get("data") else ""
            n = _number(one.get("sample_size"))
            figure = Figure(
                one["value"], _number(one.get("low")), _number(one.get("high")), None if n is None else int(n)
            )
            yield f"{one['metric']}{data}", figure


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _chosen(before: Sequence[Evaluation], after: Sequence[Evaluation]) -> tuple[Evaluation | None, Evaluation | None]:
    """The newest that were made on the same data; where there are none, the newest of each."""
    for two in reversed(after):
        for one in reversed(before):
            if one.data_sha256 == two.data_sha256 and one.label == two.label:
                return one, two
    return (before[-1] if before else None), (after[-1] if after else None)


def _metrics(evaluation: Evaluation | None) -> dict[str, Figure]:
    return {name: _figure(one) for name, one in evaluation.metrics.items()} if evaluation else {}


def _latency(evaluation: Evaluation | None) -> dict[str, Figure]:
    one = evaluation.latency if evaluation else None
    if one is None:
        return {}
    return {f"{name} ms, batch {one.batch}": Figure(getattr(one, name), n=one.runs) for name in ("p50", "p99")}


def _paired(before: Version, one: Evaluation | None, two: Evaluation | None) -> dict[str, Figure]:
    """What the second's evaluation measured against the first on the same rows, where that was its rival."""
    rival = two.rival if two else None
    if one is None or two is None or rival is None or rival.version != before.record.number:
        return {}
    same = two.model == before.record.model and one.data_sha256 == two.data_sha256
    return {name: _figure(estimate) for name, estimate in rival.differences.items()} if same else {}


def _rows(
    before: Mapping[str, Figure], after: Mapping[str, Figure], differences: Mapping[str, Figure] | None = None
) -> tuple[Row, ...]:
    names = dict.fromkeys((*before, *after))
    return tuple(Row(name, before.get(name), after.get(name), (differences or {}).get(name)) for name in names)


def _figure(one: Estimate) -> Figure:
    return Figure(one.value, one.low, one.high, one.n)


def _about(one: Evaluation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("id", "at", "by", "data", "data_sha256", "rows", "label", "machine")}
