"""How are benchmarks run and told: tables for people, one of all lines at the end, and JSON for programs."""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from tests.benchmarks.line import HEAD, Line, digits
from tests.benchmarks.machine import Facts, facts, load

__all__ = ["FORMAT", "Benchmark", "Figures", "LeftOut", "Report", "parser", "run", "table"]

_COMMAND = "python -m tests.benchmarks"
FORMAT = 1
"""Of the JSON file. It goes up when a file of before can't be compared any more."""
Figures: TypeAlias = dict[str, Any]
Benchmark: TypeAlias = Callable[[], Figures]
"""Prints its tables, and gives what is in them; `lines`, where there are some, is a list of Line."""


class LeftOut(Exception):
    """A benchmark can't run here, for the reason that it gives; the others can."""


class Report:
    """What was measured so far."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.machine: Facts = facts()
        self.figures: dict[str, Figures] = {}

    @property
    def lines(self) -> list[Line]:
        return [line for figures in self.figures.values() for line in figures.get("lines", ())]

    @property
    def left_out(self) -> dict[str, str]:
        return {name: one["left out"] for name, one in self.figures.items() if "left out" in one}

    def to_json(self) -> bytes:
        whole = {"format": FORMAT, "command": self.command, "machine": self.machine, "benchmarks": self.figures}
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)

    def tell(self) -> None:
        """All lines in one table, to paste into a page; a report without lines has told all before."""
        for name, reason in self.left_out.items():
            print(f"**{name} was left out**: {reason}\n")
        if self.lines:
            print(f"## All figures\n\nMeasured with `{self.command}`: {self._facts()}.\n")
            table(HEAD, [line.cells() for line in self.lines])

    def _facts(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.machine.items())


def run(benchmarks: Mapping[str, Benchmark], json: Path | None = None, options: Sequence[str] = ()) -> Report:
    """One after the other, with the machine's facts before them; `json` is written after each. `options` are told."""
    report, began = Report(" ".join([_COMMAND, *(options or benchmarks)])), time.perf_counter()
    print(", ".join(f"{name} {value}" for name, value in report.machine.items()))
    for place, (name, benchmark) in enumerate(benchmarks.items(), 1):
        print(f"\n## {name} ({place} of {len(benchmarks)}, {time.perf_counter() - began:.0f} s so far)\n", flush=True)
        try:
            report.figures[name] = benchmark()
        except LeftOut as reason:
            report.figures[name] = {"left out": str(reason)}
            print(f"left out: {reason}")
        report.machine["load after"] = load()
        if json is not None:
            json.write_bytes(report.to_json())
    report.tell()
    return report


def parser(description: str | None) -> argparse.ArgumentParser:
    """With the option that all benchmarks have."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too, after each benchmark")
    return made


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """As Markdown, the first column to the left and the others to the right."""
    print(f"| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(_cell(cell) for cell in row)} |")
    print(flush=True)


def _cell(cell: object) -> str:
    return digits(cell) if isinstance(cell, float) else str(cell)
