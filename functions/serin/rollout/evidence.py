"""What does the controller see at one look: counts by window, alarms, the alias, smoke tests, what people ask for?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from serin.registry.records import timestamp
from serin.rollout.release import Alias
from serin.rollout.slices import Slice
from serin.stats.counts import Counts

__all__ = ["NONE", "Alarm", "Arms", "Ask", "Command", "Evidence", "Smoke", "Window", "counted"]


NONE = Counts()


def counted(bad: int, total: int) -> Counts:
    """A crash may be counted before its request is: then the bad ones are all that is known of the requests.

    >>> counted(3, 1)
    Counts(bad=3, total=3)
    """
    return Counts(max(0, bad), max(0, bad, total))


@dataclass(frozen=True)
class Arms:
    """One guardrail's counts on both releases."""

    control: Counts = NONE
    candidate: Counts = NONE

    def since(self, before: "Arms") -> "Arms":
        """What came on top. A count never shrinks: where it seems to, the reading is old."""
        return Arms(*(counted(a.bad - b.bad, a.total - b.total) for a, b in self._beside(before)))

    def joined(self, other: "Arms") -> "Arms":
        return Arms(*(counted(max(a.bad, b.bad), max(a.total, b.total)) for a, b in self._beside(other)))

    def _beside(self, other: "Arms") -> tuple[tuple[Counts, Counts], tuple[Counts, Counts]]:
        return (self.control, other.control), (self.candidate, other.candidate)


@dataclass(frozen=True)
class Window:
    """All that is known so far of one slice of time, by guardrail; one that was not measured is not there."""

    start: datetime
    end: datetime
    arms: Mapping[str, Arms] = field(default_factory=dict)

    def overlaps(self, other: "Window") -> bool:
        return self.start < other.end and other.start < self.end

    def straddles(self, moment: datetime) -> bool:
        return self.start < moment < self.end

    def to_dict(self) -> dict[str, Any]:
        arms = {
            name: [both.control.bad, both.control.total, both.candidate.bad, both.candidate.total]
            for name, both in self.arms.items()
        }
        return {"start": timestamp(self.start), "end": timestamp(self.end), "arms": arms}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        start, end = (datetime.fromisoformat(document[key]) for key in ("start", "end"))
        arms = {}
        for name, counts in document["arms"].items():
            one, two, three, four = (int(count) for count in counts)
            arms[name] = Arms(Counts(one, two), Counts(three, four))
        return cls(start, end, arms)


@dataclass(frozen=True)
class Alarm:
    """An alarm's present state, and since when it is in it; `threshold` where that is known."""

    name: str
    red: bool
    since: datetime
    threshold: int | None = None


class Ask(StrEnum):
    """PROMOTE and ABORT are the approver's. GO_BACK ends a rollout as ABORT does, and is everybody's who releases."""

    PROMOTE = "promote"
    ABORT = "abort"
    PAUSE = "pause"
    RESUME = "resume"
    GO_BACK = "go-back"


@dataclass(frozen=True)
class Command:
    """What a person asks for. A promotion names the step that the person saw, so that it can't skip a later one."""

    ask: Ask
    by: str
    at: datetime
    step: int = -1
    reason: str = ""

    @property
    def who(self) -> str:
        """Who asked, and why where that was said."""
        return f"{self.by} ({self.reason})" if self.reason else self.by


@dataclass(frozen=True)
class Smoke:
    """How the smoke tests of a release went; `detail` says what was wrong."""

    release: int
    passed: bool
    detail: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything may come twice, late and in any order. None is: could not be read.

    `worth` has what was read of each KPI, by its guardrail; one that could not be read is not there.
    """

    windows: tuple[Window, ...] | None = None
    alarms: tuple[Alarm, ...] = ()
    live: Alias | None = None
    smoke: Smoke | None = None
    commands: tuple[Command, ...] = ()
    worth: Mapping[str, tuple[Slice, ...]] = field(default_factory=dict)
