"""How did each group fare? Counts by group, from which every figure, interval and verdict follows."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

from serin.fairness.gaps import Comparison, Interval, comparisons
from serin.fairness.groups import Groups
from serin.fairness.limits import CONFIDENCE, RATIOS, Limits
from serin.fairness.metrics import Classified, Counts, Estimated, Metric
from serin.fairness.subgroups import Split, splits
from serin.stats.mixture import Array

__all__ = ["Report", "subgroup_report"]

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
        if isinstance(self.whole, Classified):
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
            "task": "classification" if isinstance(self.whole, Classified) else "regression",
            "confidence": CONFIDENCE,
            "left_out": self.left_out,
            "limits": self.limits.to_dict(),
            "all": _described(self.whole),
            "splits": splits,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        kind = Classified if document["task"] == "classification" else Estimated
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

    Raises InvalidSettings for more groups than can be read, ValueError for entries that differ in number.
    """
    outcome, score = np.asarray(outcome, np.float64), np.asarray(score, np.float64)
    known = (np.abs(outcome) < _ENDLESS) & (np.abs(score) < _ENDLESS)
    columns = {name: np.asarray(values, object)[known] for name, values in groups.items()}
    sums = (
        _estimated(outcome[known], score[known])
        if decision is None
        else _classified(outcome[known], score[known], np.asarray(decision, bool)[known])
    )
    found = tuple(_groups(split, sums, classified=decision is not None) for split in splits(columns))
    (whole,) = _counted(np.zeros(int(known.sum()), np.int64), 1, sums, classified=decision is not None)
    return Report(whole, found, int(len(known) - known.sum()), limits)


def _classified(outcome: Array, score: Array, decision: Any) -> Array:
    positive = outcome > 0.5
    return np.array([np.ones(len(score)), positive, decision, positive & decision, score])


def _estimated(outcome: Array, score: Array) -> Array:
    residual = score - outcome
    return np.array([np.ones(len(score)), residual, residual * residual, np.abs(residual)])


def _groups(split: Split, sums: Array, *, classified: bool) -> Groups:
    counts = _counted(split.codes, len(split.names), sums, classified=classified)
    return Groups(split.columns, dict(zip(split.names, counts, strict=True)), split.empty)


def _counted(codes: Any, groups: int, sums: Array, *, classified: bool) -> list[Counts]:
    totals = [np.bincount(codes, weights=one, minlength=groups).tolist() for one in sums]
    if classified:
        rows, positives, selected, hits = ([round(one) for one in counts] for counts in totals[:4])
        return list(map(Classified, rows, positives, selected, hits, totals[4]))
    return [Estimated(round(rows), *rest) for rows, *rest in zip(*totals, strict=True)]


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
