"""One thing beside its floor, for several sizes: how long does each take on a core of its own?

The time is the thread's own CPU time, for what is measured here waits for nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import thread_time_ns

import numpy as np

from tests.benchmarks.blocks import Block, Floats, measure, ratio, summary
from tests.benchmarks.line import Line
from tests.benchmarks.report import Figures, table

__all__ = ["Pair", "Work", "alike_long", "both", "clocked"]

Work = Callable[[], object]
_SHORT_US, _MOST = 50, 10_000
_QUICK = 0.1


@dataclass(frozen=True)
class Pair:
    """`per` is how many things one call of both is for, `times` how often a block measures it."""

    name: str
    work: Block
    floor: Block
    floor_is: str
    times: int
    per: int = 1
    unit: str = "µs"


def both(pairs: Sequence[Pair], rounds: int) -> Figures:
    """Measured, told, and with lines. Low quantiles are compared: what else this machine does can only add to them."""
    lines, figures = [], {}
    for pair in pairs:
        taken = measure({"work": pair.work, "floor": pair.floor}, rounds, pair.times)
        work, floor = taken["work"], taken["floor"]
        found = ratio(work, floor, _QUICK)
        line = Line.of(pair.name, pair.unit, pair.floor_is, work, floor, found, quantile=_QUICK, per=pair.per)
        lines.append(line)
        ways = {way: summary([one / pair.per for one in took]) for way, took in taken.items()}
        figures[pair.name] = {**ways, "ratio": found.to_dict()}
    rows = [
        (
            line.name,
            line.unit,
            line.floor.value,
            line.figure.value,
            *_slower(figures[line.name]["work"]),
            str(line.ratio),
        )
        for line in lines
    ]
    print(f"CPU time of the thread; {rounds} rounds, both ways in turn\n")
    table(("", "unit", "floor, p10", "p10", "median", "p90", "p10 / floor"), rows)
    return {**figures, "lines": lines}


def _slower(found: Figures) -> tuple[float, float]:
    return found["median"], found["p90"]


def alike_long(work: Work, floor: Work) -> tuple[Block, Block]:
    """The shorter one is done so often at once that it takes as long: what else the cores do meets both alike then."""
    one, other = (max(float(clocked(way)(5).min()), 0.1) for way in (work, floor))
    least = max(one, other, _SHORT_US)
    return clocked(work, _often(least / one)), clocked(floor, _often(least / other))


def _often(times: float) -> int:
    return min(max(1, round(times)), _MOST)


def clocked(work: Work, often: int = 1) -> Block:
    """Microseconds of a call, on average over so many at once: to read the clock takes one itself."""

    def block(times: int) -> Floats:
        taken = np.empty(times)
        for number in range(times):
            began = thread_time_ns()
            for _ in range(often):
                work()
            taken[number] = thread_time_ns() - began
        return taken / (1000 * often)

    return block
