"""Which benchmarks are there, what does each tell, and about how long does it take?

To add one: a function that prints its tables and returns its figures, with `lines` (a list of `Line`) for the last
table and for `--against`; and an entry here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.benchmarks import drift, hotpath, sequential, start, watching
from tests.benchmarks.report import Benchmark, Figures

__all__ = ["SPEED", "STUDIES", "Entry"]


@dataclass(frozen=True)
class Entry:
    """`run` takes `quick`: fewer rounds where it can."""

    about: str
    seconds: int
    run: Callable[[bool], Figures]

    def benchmark(self, quick: bool) -> Benchmark:
        return partial(self.run, quick)


def _whole(tables: Benchmark) -> Callable[[bool], Figures]:
    """For one that has no quick form."""
    return lambda quick: tables()


SPEED = {
    "hotpath": Entry("a request, by rows and codec", 60, hotpath.requests),
    "coldstart": Entry("a fresh sandbox, to its first answer", 30, hotpath.cold_start),
    "start": Entry("`serin up` to its first answer", 120, start.tables),
    "watching": Entry("receipts and sketches, at a client and alone", 120, _whole(watching.tables)),
    "drift-speed": Entry("a drift run, beside scipy on raw rows", 10, _whole(drift.speed)),
}
STUDIES = {
    "sequential": Entry("how often rollouts end wrongly, and how fast harm is found", 600, _whole(sequential.tables)),
    "drift-faults": Entry("how often a fault is called by its name", 600, _whole(drift.faults)),
    "drift-weeks": Entry("the same in real weeks against a year", 600, _whole(drift.weeks)),
    "drift-quiet": Entry("how often quiet data is an alarm", 3600, _whole(drift.quiet)),
}
