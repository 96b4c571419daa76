"""How good were predictions of one window, and what were they worth? Exact sums, which add up in any order.

All numbers are whole: scores, losses and KPIs in millionths, squares in millionths of a millionth. So windows, segments
and writers can be joined in any order to the last digit.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from serin.outcomes.outcome import MICRO

__all__ = ["BINS", "Quality", "Sums", "by_segment"]

BINS = 50
_SURE = 1e-6


@dataclass(frozen=True)
class Sums:
    """Of one value: how many, their sum and the sum of their squares, in millionths and millionths squared."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @classmethod
    def of(cls, value: int) -> "Sums":
        return cls(1, value, value * value)

    @property
    def mean(self) -> float | None:
        return self.total / self.n / MICRO if self.n else None


_NONE = Sums()
Bin = tuple[int, int, int]
_EMPTY: Bin = (0, 0, 0)


@dataclass(frozen=True)
class Quality:
    """`bins` count, by score, predictions, positive outcomes and the sum of scores. `residuals` are score - outcome.

    >>> both = Quality.binary(0.9, True) + Quality.binary(0.2, False)
    >>> both.auc, round(both.brier, 4), both.rate
    (1.0, 0.025, 0.5)
    >>> (Quality.numeric(3.0, 2.0) + Quality.numeric(1.0, 2.0)).rmse
    1.0
    """

    n: int = 0
    bins: Mapping[int, Bin] = field(default_factory=dict)
    losses: Sums = _NONE
    squared_errors: int = 0
    residuals: Sums = _NONE
    absolute: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    kpi: Mapping[str, Sums] = field(default_factory=dict)

    @classmethod
    def of(cls, score: int | None, outcome: float | str | bool, kpi: Mapping[str, int], task: str) -> "Quality":
        """One prediction. Without a score, or with a text for an outcome, only counts and KPIs are known."""
        worth = {name: Sums.of(value) for name, value in kpi.items()}
        if isinstance(outcome, str) or score is None:
            label = outcome if isinstance(outcome, str) else f"{outcome:g}"
            return cls(n=1, labels={label: 1}, kpi=worth)
        if task != "classification":
            return cls.numeric(score / MICRO, float(outcome)) + cls(kpi=worth)
        if float(outcome) not in (0.0, 1.0):
            return cls(n=1, labels={f"{outcome:g}": 1}, kpi=worth)
        return cls.binary(score / MICRO, bool(outcome)) + cls(kpi=worth)

    @classmethod
    def binary(cls, score: float, positive: bool) -> "Quality":
        """Brier and log loss of the score as the probability of a positive outcome."""
        p = min(max(score, 0.0), 1.0)
        whole = round(p * MICRO)
        miss = whole - (MICRO if positive else 0)
        loss = -math.log(max(_SURE, p if positive else 1 - p))
        # In whole numbers: 0.58 * 50 is less than 29, and a score on an edge belongs above it.
        bins = {min(whole * BINS // MICRO, BINS - 1): (1, int(positive), whole)}
        return cls(n=1, bins=bins, losses=Sums.of(round(loss * MICRO)), squared_errors=miss * miss)

    @classmethod
    def numeric(cls, score: float, outcome: float) -> "Quality":
        residual = round((score - outcome) * MICRO)
        return cls(n=1, residuals=Sums.of(residual), absolute=abs(residual))

    def __add__(self, other: "Quality") -> "Quality":
        keys = self.bins.keys() | other.bins.keys()
        return Quality(
            self.n + other.n,
            {key: _joined(self.bins.get(key, _EMPTY), other.bins.get(key, _EMPTY)) for key in sorted(keys)},
            self.losses + other.losses,
            self.squared_errors + other.squared_errors,
            self.residuals + other.residuals,
            self.absolute + other.absolute,
            {key: self.labels.get(key, 0) + other.labels.get(key, 0)
             for key in sorted(self.labels.keys() | other.labels.keys())},
            {key: self.kpi.get(key, _NONE) + other.kpi.get(key, _NONE)
             for key in sorted(self.kpi.keys() | other.kpi.keys())},
        )  # fmt: skip

    @property
    def scored(self) -> int:
        return sum(one[0] for one in self.bins.values())

    @property
    def rate(self) -> float | None:
        """The share of positive outcomes."""
        return sum(one[1] for one in self.bins.values()) / self.scored if self.scored else None

    @property
    def auc(self) -> float | None:
        """The chance that a positive scores above a negative; within a bin it is even (Hanley & McNeil 1982).

        None unless there are both.
        """
        below = won = 0.0
        for _, (n, positive, _) in sorted(self.bins.items()):
            won += positive * (below + (n - positive) / 2)
            below += n - positive
        positives = sum(one[1] for one in self.bins.values())
        return won / (positives * below) if positives and below else None

    @property
    def brier(self) -> float | None:
        return self.squared_errors / self.scored / MICRO**2 if self.scored else None

    @property
    def log_loss(self) -> float | None:
        return self.losses.mean

    @property
    def calibration_error(self) -> float | None:
        """The mean distance of score and outcome rate, bin by bin, weighted by predictions (Naeini et al. 2015)."""
        if not self.scored:
            return None
        return sum(abs(total / MICRO - positive) for _, positive, total in self.bins.values()) / self.scored

    @property
    def bias(self) -> float | None:
        """The mean of score - outcome, also for probabilities."""
        if self.residuals.n:
            return self.residuals.mean
        total, positive = (sum(one[i] for one in self.bins.values()) for i in (2, 1))
        return (total / MICRO - positive) / self.scored if self.scored else None

    @property
    def rmse(self) -> float | None:
        return math.sqrt(self.residuals.squares / self.residuals.n) / MICRO if self.residuals.n else None

    @property
    def mae(self) -> float | None:
        return self.absolute / self.residuals.n / MICRO if self.residuals.n else None

    def to_dict(self) -> dict[str, Any]:
        """Whole numbers, strings, lists and maps: as DynamoDB takes them; squares as text, for they may be large."""
        return {
            "n": self.n,
            "bins": {str(key): list(one) for key, one in self.bins.items()},
            "losses": _text(self.losses),
            "squared_errors": str(self.squared_errors),
            "residuals": _text(self.residuals),
            "absolute": str(self.absolute),
            "labels": dict(self.labels),
            "kpi": {name: _text(sums) for name, sums in self.kpi.items()},
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Quality":
        bins = {int(key): (int(one[0]), int(one[1]), int(one[2])) for key, one in document["bins"].items()}
        return cls(
            int(document["n"]), bins, _sums(document["losses"]), int(document["squared_errors"]),
            _sums(document["residuals"]), int(document["absolute"]),
            {label: int(count) for label, count in document["labels"].items()},
            {name: _sums(sums) for name, sums in document["kpi"].items()},
        )  # fmt: skip

    def summary(self) -> dict[str, float | int | None]:
        """What there is to say of it in figures."""
        names = ("auc", "brier", "log_loss", "calibration_error", "bias", "rate", "rmse", "mae")
        found: dict[str, float | int | None] = {"n": self.n}
        found |= {name: value for name in names if (value := getattr(self, name)) is not None}
        return found | {f"kpi_{name}": sums.mean for name, sums in self.kpi.items()}


def by_segment(pairs: Iterable[tuple[Quality, Mapping[str, str]]]) -> dict[str, Quality]:
    """The qualities of one prediction each, joined by segment; the key "" holds all of them."""
    found: dict[str, Quality] = {"": Quality()}
    for quality, segments in pairs:
        for key in ("", *(f"{name}={value}" for name, value in segments.items())):
            found[key] = found.get(key, Quality()) + quality
    return found


def _joined(one: Bin, two: Bin) -> Bin:
    return one[0] + two[0], one[1] + two[1], one[2] + two[2]


def _text(sums: Sums) -> list[str]:
    return [str(getattr(sums, each.name)) for each in fields(sums)]


def _sums(document: Any) -> Sums:
    return Sums(*(int(number) for number in document))
