"""How did each group fare? Counts by group, from which every figure, interval and verdict follows."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import numpy as np

from serin.fairness.counting import CountBy, answered, classified, estimated
from serin.fairness.gaps import Comparison, Interval, comparisons
from serin.fairness.groups import Groups
from serin.fairness.limits import CONFIDENCE, RATIOS, Limits
from serin.fairness.metrics import Answered, Classified, Counts, Estimated, Metric
from serin.fairness.subgroups import splits
from serin.stats.mixture import Array

__all__ = ["Report", "answer_report", "subgroup_report"]

_TASKS: dict[str, type[Classified] | type[Answered] | type[Estimated]] = {
    "classification": Classified,
    "multiclass": Answered,
    "regression": Estimated,
}
_DIGITS = 6
_ENDLESS = 1e100  # whose square is still a number


@dataclass(frozen=True)
class Report:
    """`left_out` rows had no (finite) score or outcome. `limits` are those of the time when it was made."""

    whole: Counts
    splits: tuple[Groups, ...] = ()
    left_out: int = 0
    limits: Limits = field(default_factory=Limits)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return tuple(self.whole.samples())

    @property
    def unit(self) -> float:
        """Of limits on differences: one, or the mean absolute error of a regression over all rows."""
        if not isinstance(self.whole, Estimated):
            return 1.0
        return self.whole.absolute / self.whole.rows if self.whole.rows else 0.0

    def comparisons(self) -> Iterator[Comparison]:
        """Every metric of every split. All that they say holds together."""
        return comparisons(self.splits, self.metrics)

    def to_dict(self) -> dict[str, Any]:
        """Numbers that JSON knows: a figure of nothing is null, and so is a bound without end."""
        splits: list[dict[str, Any]] = [
            {
                "columns": list(split.columns),
                "empty": split.empty,
                "groups": {name: _described(counts) for name, counts in split.counts.items()},
                "gaps": {},
            }
            for split in self.splits
        ]
        for place, one in enumerate(self.comparisons()):
            splits[place // len(self.metrics)]["gaps"][one.metric.value] = _gaps(one)
        return {
            "task": next(task for task, kind in _TASKS.items() if isinstance(self.whole, kind)),
            "confidence": CONFIDENCE,
            "left_out": self.left_out,
            "limits": self.limits.to_dict(),
            "all": _described(self.whole),
            "splits": splits,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        kind = _TASKS[document["task"]]
        return cls(
            kind(**document["all"]["counts"]),
            tuple(
                Groups(
                    tuple(one["columns"]),
                    {name: kind(**group["counts"]) for name, group in one["groups"].items()},
                    one["empty"],
                )
                for one in document["splits"]
            ),
            document["left_out"],
            Limits.from_dict(document["limits"]),
        )


def subgroup_report(
    outcome: Array, score: Array, decision: Any | None, groups: Mapping[str, Any], *, limits: Limits
) -> Report:
    """One entry a row: `outcome` is 0 or 1 where there is a `decision` (of a classifier), else a number; `groups` are
    declared columns, which need not be texts.

    Raises InvalidSettings for more groups than can be read.
    """
    outcome, score = np.asarray(outcome, np.float64), np.asarray(score, np.float64)
    known = (np.abs(outcome) < _ENDLESS) & (np.abs(score) < _ENDLESS)
    columns = {name: np.asarray(values, object)[known] for name, values in groups.items()}
    count = (
        estimated(outcome[known], score[known])
        if decision is None
        else classified(outcome[known], score[known], np.asarray(decision, bool)[known])
    )
    return replace(_report(columns, count, int(known.sum()), limits), left_out=int((~known).sum()))


def answer_report(wrong: Any, groups: Mapping[str, Any], *, limits: Limits) -> Report:
    """Of answers of several classes: one entry a row, and the same groups. Only the error is compared.

    Raises InvalidSettings as subgroup_report does.
    """
    missed = np.asarray(wrong, bool)
    return _report(groups, answered(missed), len(missed), limits)


def _report(columns: Mapping[str, Any], count: CountBy, rows: int, limits: Limits) -> Report:
    (whole,) = count(np.zeros(rows, np.int64), 1)
    found = tuple(
        Groups(split.columns, dict(zip(split.names, count(split.codes, len(split.names)), strict=True)), split.empty)
        for split in splits(columns)
    )
    return Report(whole, found, limits=limits)


def _described(counts: Counts) -> dict[str, Any]:
    figures = {metric.value: _number(sample.value) for metric, sample in counts.samples().items()}
    return {"counts": asdict(counts), "figures": figures}


def _gaps(one: Comparison) -> dict[str, Any]:
    """Over all groups, whatever the limits say of them; null where there are no two of them."""
    every = range(len(one.names))
    if len(every) < 2:
        return {"difference": None, "ratio": None, "lowest": None, "highest": None}
    lowest, highest = [one.names[place] for place in one.ends(every)] or ("", "")
    return {
        "difference": _interval(one.difference(every, every)),
        "ratio": _interval(one.ratio(every, every)) if one.metric in RATIOS else None,
        "lowest": lowest or None,
        "highest": highest or None,
    }


def _interval(one: Interval) -> dict[str, float | None]:
    return {"value": _number(one.value), "low": _number(one.low), "high": _number(one.high)}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, _DIGITS)
