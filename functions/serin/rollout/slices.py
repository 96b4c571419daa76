"""What did predictions of one slice of time earn on either release, as far as it is known by now?

A slice is (a part of) an hour in which no weight changed. Outcomes come late: a slice is read again and again, and what
it holds only grows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Self

from serin.outcomes.outcome import MICRO
from serin.registry.records import timestamp
from serin.rollout.kpi import Kpi
from serin.stats.moments import Moments

__all__ = ["HORIZON", "Earned", "Slice", "spans"]

HORIZON = timedelta(hours=72)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Earned:
    """Number, sum and sum of squares of a KPI, in whole millionths; `clipped` of them lay outside of its bounds."""

    n: int = 0
    total: int = 0
    squares: int = 0
    clipped: int = 0

    @classmethod
    def of(cls, value: int, kpi: Kpi) -> "Earned":
        inside = min(max(value, kpi.low), kpi.high)
        return cls(1, inside, inside * inside, int(inside != value))

    def __add__(self, other: "Earned") -> "Earned":
        return Earned(
            self.n + other.n, self.total + other.total, self.squares + other.squares, self.clipped + other.clipped
        )

    def __sub__(self, other: "Earned") -> "Earned":
        """What came on top."""
        return Earned(
            self.n - other.n, self.total - other.total, self.squares - other.squares, self.clipped - other.clipped
        )

    def moments(self, kpi: Kpi) -> Moments:
        """Where the bounds are 0 and 1; shifted in whole numbers, where nothing cancels."""
        width, total = kpi.high - kpi.low, self.total - self.n * kpi.low
        squares = self.squares - 2 * kpi.low * self.total + self.n * kpi.low**2
        return Moments(self.n, total / width, squares / width**2)

    @property
    def mean(self) -> float | None:
        """In the KPI's own unit; None without outcomes."""
        return self.total / self.n / MICRO if self.n else None

    def to_list(self) -> list[int | str]:
        """Sums of squares may have more digits than DynamoDB's numbers."""
        return [self.n, str(self.total), str(self.squares), self.clipped]


_NOTHING = Earned()


@dataclass(frozen=True)
class Slice:
    """From `start` until `end`, by the times of the predictions."""

    start: datetime
    end: datetime
    control: Earned = _NOTHING
    candidate: Earned = _NOTHING

    def overlaps(self, other: "Slice") -> bool:
        return self.start < other.end and other.start < self.end

    def straddles(self, moment: datetime) -> bool:
        return self.start < moment < self.end

    def to_dict(self) -> dict[str, Any]:
        arms = {"control": self.control.to_list(), "candidate": self.candidate.to_list()}
        return {"start": timestamp(self.start), "end": timestamp(self.end), **arms}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        start, end = (datetime.fromisoformat(document[key]) for key in ("start", "end"))
        control, candidate = (Earned(*map(int, document[key])) for key in ("control", "candidate"))
        return cls(start, end, control, candidate)


def spans(started: datetime, moves: tuple[datetime, ...], now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """All slices from `started` to `now`, cut at full hours and where weights changed; those of the last 72 hours.

    Each begins at the same moment whenever one asks, and the last may still grow.
    """
    since = max(started, _hour(now - HORIZON) + _HOUR)
    hours = (_hour(since) + count * _HOUR for count in range(HORIZON // _HOUR + 2))
    inside = {at for at in (*hours, *moves) if since < at < now}
    edges = sorted({since, *inside, now}) if since < now else []
    return tuple(pairwise(edges))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
