"""Counts the windows that outcomes have touched, each anew from all there is: late ones and repeats change no sum."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from serin.errors import Conflict
from serin.outcomes.judge import Outcome
from serin.outcomes.quality import Quality, by_segment

__all__ = ["Mark", "Tallied", "Windows", "tally"]


@dataclass(frozen=True)
class Mark:
    """`stamp` is new each time that an outcome touches the window."""

    model: str
    version: int
    hour: str
    stamp: str


class Windows(Protocol):
    """Outcomes and their sums, by the hour of the prediction."""

    def marks(self, model: str) -> Iterable[Mark]: ...

    def outcomes(self, mark: Mark) -> Iterable[Outcome]: ...

    def put(self, mark: Mark, qualities: dict[str, Quality]) -> None:
        """By segment, "" for all. Raises Conflict where more was counted already."""

    def unmark(self, mark: Mark) -> None:
        """Raises Conflict where the window was touched again since the mark was read."""


@dataclass(frozen=True)
class Tallied:
    mark: Mark
    qualities: dict[str, Quality]


def tally(windows: Windows, model: str, task: Callable[[int], str]) -> Iterator[Tallied]:
    """All marked windows of a model; `task` is that of a version. Who dies leaves the mark for the next run."""
    for mark in tuple(windows.marks(model)):
        yield _counted(windows, mark, task(mark.version))


def _counted(windows: Windows, mark: Mark, task: str) -> Tallied:
    qualities = by_segment(
        (Quality.of(one.score, one.outcome, one.kpi, task), one.segments) for one in windows.outcomes(mark)
    )
    # Another run counted more, or more came in meanwhile: the mark that is there brings the next run here.
    with suppress(Conflict):
        windows.put(mark, qualities)
        windows.unmark(mark)
    return Tallied(mark, qualities)
