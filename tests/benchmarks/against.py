"""Is it slower than it was? Ratios to floors are compared, for machines differ; what both intervals hold is alike."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from tests.benchmarks.line import Line
from tests.benchmarks.report import FORMAT, table

__all__ = ["Change", "Compared", "Comparison", "NotComparable", "compare", "read"]


class NotComparable(Exception):
    """A file that is none of ours, of another format, or that lacks what is to be compared."""


class Change(StrEnum):
    BETTER = "better"
    WORSE = "WORSE"
    ALIKE = "alike"


@dataclass(frozen=True)
class Compared:
    """The same line, then and now. `tolerance` is how many times the ratio may be what it was."""

    old: Line
    new: Line
    tolerance: float = 1.0

    @property
    def change(self) -> Change:
        """Only where the intervals have nothing in common, and by more than runs of the same code differ."""
        old, new = self.old.ratio, self.new.ratio
        if old.low <= new.high and new.low <= old.high:
            return Change.ALIKE
        varies = self.new.quantile is not None
        if varies and max(old.value, new.value) <= self.tolerance * min(old.value, new.value):
            return Change.ALIKE
        return Change.BETTER if (new.low > old.high) == self.new.higher_is_better else Change.WORSE

    def cells(self) -> tuple[object, ...]:
        change = self.new.ratio.value / self.old.ratio.value - 1
        return self.new.name, str(self.old.ratio), str(self.new.ratio), f"{change:+.1%}", str(self.change)


@dataclass(frozen=True)
class Comparison:
    """`gone` are names of lines that only the old file has, `fresh` those that it has not."""

    lines: tuple[Compared, ...]
    gone: tuple[str, ...]
    fresh: tuple[str, ...]

    def those(self, change: Change) -> list[str]:
        return [one.new.name for one in self.lines if one.change is change]

    def tell(self, path: Path) -> None:
        print(f"## Against {path}\n")
        table(("what", "figure / floor, then", "now", "change", ""), [one.cells() for one in self.lines])
        counts = ", ".join(f"{len(self.those(change))} {change}" for change in Change)
        print(f"{counts}. A change lies beyond both intervals, and is larger than what was tolerated")
        for names, why in ((self.gone, "not measured now"), (self.fresh, f"not in {path}")):
            if names:
                print(f"{why}, so not compared: {'; '.join(names)}")


def compare(old: Iterable[Line], new: Iterable[Line], tolerance: float = 1.0) -> Comparison:
    """Line by line, by their names, in the order of the new ones."""
    then, now = ({line.name: line for line in lines} for lines in (old, new))
    lines = tuple(Compared(then[name], line, tolerance) for name, line in now.items() if name in then)
    return Comparison(lines, tuple(n for n in then if n not in now), tuple(n for n in now if n not in then))


def read(path: Path, benchmarks: Collection[str]) -> list[Line]:
    """The lines that these benchmarks had then. Raises NotComparable."""
    known = _benchmarks(path)
    if lacking := [name for name in benchmarks if "lines" not in known.get(name, {})]:
        rest = [name for name in benchmarks if name not in lacking]
        instead = f"compare the rest alone: {' '.join(rest)}" if rest else "nothing else was asked for"
        raise NotComparable(f"{path} has no figures of {', '.join(lacking)}: {instead}")
    try:
        return [Line.from_dict(line) for name in benchmarks for line in known[name]["lines"]]
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise NotComparable(f"{path} has a line that can't be read: {error}") from error


def _benchmarks(path: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(path.read_bytes())
    except OSError as error:
        raise NotComparable(f"{path} can't be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise NotComparable(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict) or "format" not in document:
        raise NotComparable(f"{path} was not written by --json of these benchmarks, or before their files had a format")
    if document["format"] != FORMAT:
        raise NotComparable(f"{path} has format {document['format']}, and {FORMAT} is read here: measure the old anew")
    known = document.get("benchmarks")
    if not isinstance(known, dict) or not all(isinstance(one, dict) for one in known.values()):
        raise NotComparable(f"{path} has no benchmarks in it")
    return known
