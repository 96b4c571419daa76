"""How do two versions answer the same rows: how many predictions flip, how far do scores move, and in which slices?"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from serin.diff.answers import Answers, answers_of
from serin.diff.slices import Slice, exact_interval, slices_of
from serin.diff.version import Version
from serin.errors import BadRequest
from serin.evidence.data import Data, predict
from serin.serving.tensors import Array
from serin.stats.counts import Counts
from serin.stats.rates import Interval
from serin.stats.wilson import wilson_interval

__all__ = ["ALPHA", "Behaviour", "Rows", "behave"]

ALPHA = 0.05
_OF_SPREAD = 0.01
_SHOWN = 10


@dataclass(frozen=True)
class Rows:
    """The same rows as each version reads them. Of those that were chosen, not drawn, rates say nothing of others."""

    source: str
    before: Data
    after: Data
    drawn: bool = True


@dataclass(frozen=True)
class Behaviour:
    """`rule` says in words when a prediction counts as flipped. `mean` is after minus before, None where a row has
    several scores; `interval` is None for rows that were chosen. `turns` are the commonest flips of a decision."""

    source: str
    rows: int
    rule: str
    flips: Counts
    interval: Interval | None
    mean: float | None
    mean_absolute: float | None
    largest: float | None
    turns: tuple[tuple[str, str, int], ...] = ()
    slices: tuple[Slice, ...] = ()
    looked_at: int = 0

    @property
    def stands_out(self) -> Slice | None:
        """The worst slice, where it surely flips more often than all rows together."""
        worst, every = next(iter(self.slices), None), exact_interval(self.flips, ALPHA / (self.looked_at + 1))
        return worst if worst and worst.interval.low > every.high else None

    def to_dict(self) -> dict[str, Any]:
        return {
            "source": self.source, "rows": self.rows, "rule": self.rule, "flips": self.flips.bad,
            "share": self.flips.rate, "low": self.interval and self.interval.low,
            "high": self.interval and self.interval.high, "mean_difference": self.mean,
            "mean_absolute_difference": self.mean_absolute, "largest_difference": self.largest,
            "turns": [{"before": was, "after": now, "rows": rows} for was, now, rows in self.turns],
            "slices_looked_at": self.looked_at,
            "slices": [
                {"slice": one.name, "rows": one.counts.total, "flips": one.counts.bad, "share": one.counts.rate,
                 "low": one.interval.low, "high": one.interval.high}
                for one in self.slices
            ],
        }  # fmt: skip


def behave(before: Version, after: Version, rows: Rows, tolerance: float | None = None) -> Behaviour:
    """`tolerance` is how far a regression's prediction may move without counting as flipped: 1 % of the interquartile
    range of the first version's predictions where it is not given. Raises BadRequest where there is nothing to compare.
    """
    one, two = _answers(before, rows.before), _answers(after, rows.after)
    size = min(one.rows, two.rows)
    if not size:
        raise BadRequest(f"There are no rows to compare on in {rows.source}.")
    gaps = _gaps(one, two, size)
    flips, rule, turns = _flips(before, after, one, two, gaps, tolerance, size)
    counts = Counts(int(flips.sum()), size)
    columns = {name: values[:size] for name, values in {**rows.after.columns, **rows.before.columns}.items()}
    segments = dict.fromkeys((*before.segments, *after.segments))
    slices = slices_of(columns, tuple(segments), flips, ALPHA) if rows.drawn and counts.bad else ()
    finite = gaps[np.isfinite(gaps).all(axis=1)] if gaps is not None else np.zeros((0, 1))
    widest = np.abs(finite).max(axis=1, initial=0.0)
    return Behaviour(
        rows.source, size, rule, counts, wilson_interval(counts, ALPHA) if rows.drawn else None,
        float(finite.mean()) if len(finite) and finite.shape[1] == 1 else None,
        float(widest.mean()) if len(finite) else None, float(widest.max()) if len(finite) else None,
        turns, slices[:_SHOWN], len(slices),
    )  # fmt: skip


def _answers(version: Version, data: Data) -> Answers:
    outputs = predict(version.artifact, version.signature, version.features, data)
    return answers_of(outputs, version.signature, version.record.task, data.rows)


def _gaps(one: Answers, two: Answers, size: int) -> Array | None:
    if one.scores is None or two.scores is None or one.scores.shape[1] != two.scores.shape[1]:
        return None
    return np.asarray(two.scores[:size] - one.scores[:size])


def _flips(
    before: Version, after: Version, one: Answers, two: Answers, gaps: Array | None, tolerance: float | None, size: int
) -> tuple[Array, str, tuple[tuple[str, str, int], ...]]:
    if {before.record.task, after.record.task} == {"classification"}:
        was, now, rule = _decisions(one, two)
        flips = was[:size] != now[:size]
        return flips, rule, _turns(was[:size][flips], now[:size][flips])
    if gaps is None or one.scores is None or two.scores is None:
        raise BadRequest(f"{before} and {after} give no scores of one shape: their predictions can't be compared.")
    limit = tolerance if tolerance is not None else _OF_SPREAD * _spread(one.scores)
    missing = np.isnan(one.scores[:size]), np.isnan(two.scores[:size])
    with np.errstate(invalid="ignore"):
        far = (np.abs(gaps) > limit) | (missing[0] != missing[1])
    why = "" if tolerance is not None else f", 1 % of the interquartile range of {before}"
    return np.asarray(far.any(axis=1)), f"moves by more than {limit:.4g}{why}", ()


def _decisions(one: Answers, two: Answers) -> tuple[Array, Array, str]:
    if one.labels is not None and two.labels is not None and _alike(one.labels, two.labels):
        return one.labels, two.labels, "has another label"
    was, now = one.decisions, two.decisions
    if was is None or now is None or was.dtype != now.dtype:
        raise BadRequest("The two versions decide in different forms: their predictions can't be compared.")
    return was, now, "crosses 0.5" if was.dtype.kind == "b" else "has another most likely class"


def _alike(one: Array, two: Array) -> bool:
    return (one.dtype.kind == "O") == (two.dtype.kind == "O")


def _turns(was: Array, now: Array) -> tuple[tuple[str, str, int], ...]:
    counted = Counter(zip(map(str, was.tolist()), map(str, now.tolist()), strict=True))
    return tuple((a, b, rows) for (a, b), rows in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:4])


def _spread(scores: Array) -> float:
    finite = scores[np.isfinite(scores)]
    low, high = np.quantile(finite, (0.25, 0.75)) if finite.size else (0.0, 0.0)
    return float(high - low)
