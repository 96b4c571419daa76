"""Where does an endpoint stand with its budget this month? Immutable; one record of DynamoDB holds all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from serin.registry.records import timestamp
from serin.spending.grade import Grade
from serin.spending.signal import Source

__all__ = ["Reserved", "Spending", "month_of"]


def month_of(at: datetime) -> str:
    """By UTC, as AWS bills."""
    return f"{at:%Y-%m}"


@dataclass(frozen=True)
class Reserved:
    """A function's reserved concurrency; None where it has none, which is not the same as 0."""

    value: int | None


@dataclass(frozen=True)
class Spending:
    """`called` is the grade that the spend calls for, `grade` the one that holds: a critical endpoint is never stopped.

    `used` is in whole percent of the month's budgets, as far as it matters. What was seen up to `resumed_at` calls for
    no grade any more, but tells the `base`, what was used then: grades count again from `headroom` percent above it.
    `saved` is what was reserved before it was stopped; it stays until it surely stands again. `pending`: `action` is
    recorded, and neither surely done nor told.
    """

    model: str
    month: str
    grade: Grade = Grade.NORMAL
    called: Grade = Grade.NORMAL
    since: datetime | None = None
    action: str = ""
    why: str = ""
    used: Mapping[Source, int] = field(default_factory=dict)
    runaway_at: datetime | None = None
    resumed_at: datetime | None = None
    base: Mapping[Source, int] = field(default_factory=dict)
    headroom: int = 0
    saved: Reserved | None = None
    pending: bool = False
    revision: int = 0

    @property
    def held(self) -> bool:
        """Is there anything to resume?"""
        return self.called.reaches(Grade.FRUGAL)

    @property
    def over(self) -> dict[Source, int]:
        """What is used, where that counts."""
        if self.resumed_at is None:
            return dict(self.used)
        return {
            one: used
            for one, used in self.used.items()
            if one not in self.base or used > self.base[one] + self.headroom
        }

    @property
    def runs_away(self) -> bool:
        return self.runaway_at is not None and (self.resumed_at is None or self.runaway_at > self.resumed_at)

    def to_dict(self) -> dict[str, Any]:
        """Without the revision, which is the table's, and without what is not known."""
        times = {name: getattr(self, name) for name in _TIMES}
        return {
            "model": self.model, "month": self.month, "grade": self.grade.value, "called": self.called.value,
            "action": self.action, "why": self.why, "pending": self.pending,
            "used": _plain(self.used), "base": _plain(self.base), "headroom": self.headroom,
            **({} if self.saved is None else {"saved": "none" if self.saved.value is None else str(self.saved.value)}),
            **{name: timestamp(at) for name, at in times.items() if at is not None},
        }  # fmt: skip

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], revision: int = 0) -> Self:
        times = {name: datetime.fromisoformat(document[name]) for name in _TIMES if name in document}
        saved = document.get("saved")
        return cls(
            document["model"], document["month"], Grade(document["grade"]), Grade(document["called"]),
            action=document["action"], why=document["why"], pending=document["pending"],
            used=_percents(document["used"]), base=_percents(document["base"]), headroom=int(document["headroom"]),
            saved=None if saved is None else Reserved(None if saved == "none" else int(saved)),
            revision=revision, **times,
        )  # fmt: skip


_TIMES = ("since", "runaway_at", "resumed_at")


def _plain(percents: Mapping[Source, int]) -> dict[str, int]:
    return {source.value: percent for source, percent in percents.items()}


def _percents(document: Mapping[str, Any]) -> dict[Source, int]:
    return {Source(source): int(percent) for source, percent in document.items()}
