"""One thing beside its floor, for several sizes: how long each takes, as a table and as lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter_ns

import numpy as np

from tests.benchmarks.blocks import Block, Floats, measure, ratio, summary
from tests.benchmarks.line import Line
from tests.benchmarks.report import Figures, table

__all__ = ["Pair", "both", "timed"]


@dataclass(frozen=True)
class Pair:
    """`per` is how many things one time of the blocks is for, `times` how often a block does it."""

    name: str
    work: Block
    floor: Block
    floor_is: str
    times: int
    per: int = 1
    unit: str = "µs"


def both(pairs: Sequence[Pair], rounds: int) -> Figures:
    """Measured, told, and with lines. The ratio is that of the medians."""
    lines, figures = [], {}
    for pair in pairs:
        taken = measure({"work": pair.work, "floor": pair.floor}, rounds, pair.times)
        found = ratio(taken["work"], taken["floor"])
        lines.append(Line.of(pair.name, pair.unit, pair.floor_is, taken["work"], taken["floor"], found, per=pair.per))
        ways = {way: summary([one / pair.per for one in took]) for way, took in taken.items()}
        figures[pair.name] = {**ways, "ratio": found.to_dict()}
    rows = [
        (line.name, line.unit, line.figure.value, figures[line.name]["work"]["p90"], line.floor.value, str(line.ratio))
        for line in lines
    ]
    table(("", "unit", "median", "p90", "floor", "median / floor"), rows)
    return {**figures, "lines": lines}


def timed(work: Callable[[], object]) -> Block:
    """Microseconds of each call."""

    def block(times: int) -> Floats:
        taken = np.empty(times)
        for number in range(times):
            began = perf_counter_ns()
            work()
            taken[number] = perf_counter_ns() - began
        return taken / 1000

    return block
