"""One line of the table that all benchmarks end in: what was measured, and how far it is above which floor."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from tests.benchmarks.blocks import Ratio, Rounds

__all__ = ["HEAD", "Line", "Measured", "digits"]

HEAD = ("what", "unit", "floor", "figure", "its rounds", "figure / floor", "aim", "the floor is")


@dataclass(frozen=True)
class Measured:
    """`low` and `high` are the lowest and the highest round."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Rounds, quantile: float, per: int) -> Self:
        each = [float(np.quantile(one, quantile)) / per for one in rounds]
        return cls(float(np.quantile(np.concatenate(list(rounds)), quantile)) / per, min(each), max(each))


@dataclass(frozen=True)
class Line:
    """Both figures are taken at `quantile`; it is None where nothing varies. `aim` is the highest ratio that is good
    enough, or the lowest where `higher_is_better`. The name stays the same over time: lines are compared by it."""

    name: str
    unit: str
    floor_is: str
    figure: Measured
    floor: Measured
    ratio: Ratio
    quantile: float | None = None
    aim: float | None = None
    higher_is_better: bool = False

    @classmethod
    def of(
        cls, name: str, unit: str, floor_is: str, work: Rounds, floor: Rounds, ratio: Ratio, *,
        quantile: float = 0.5, per: int = 1, aim: float | None = None,
    ) -> Self:  # fmt: skip
        """Of what `measure` took, and the ratio at this quantile; `per` is how many things one time is for."""
        both = (Measured.of(one, quantile, per) for one in (work, floor))
        return cls(name, unit, floor_is, *both, ratio, quantile, aim)

    @classmethod
    def exact(cls, name: str, unit: str, floor_is: str, figure: float, floor: float, aim: float | None = None) -> Self:
        """Of what comes out the same each time."""
        value = figure / floor
        both = (Measured(one, one, one) for one in (figure, floor))
        return cls(name, unit, floor_is, *both, Ratio(value, value, value), aim=aim)

    @property
    def verdict(self) -> str:
        """PASS, MISSED or UNDECIDED; empty without an aim."""
        if self.aim is None:
            return ""
        if not self.higher_is_better:
            return self.ratio.verdict(self.aim)
        return Ratio(1 / self.ratio.value, 1 / self.ratio.high, 1 / self.ratio.low).verdict(1 / self.aim)

    def cells(self) -> tuple[object, ...]:
        """Under HEAD."""
        at = "" if self.quantile is None else f", p{100 * self.quantile:g}"
        figure, exact = self.figure, self.ratio.low == self.ratio.high
        spread = "" if exact else f"{digits(figure.low)}–{digits(figure.high)}"
        low, high = digits(self.ratio.low), digits(self.ratio.high)
        ratio = digits(self.ratio.value) + ("" if exact else f" ({low}–{high})")
        bound = "at least" if self.higher_is_better else "below"
        aim = "" if self.aim is None else f"{bound} {self.aim:.3g}: {self.verdict}"
        return self.name, f"{self.unit}{at}", self.floor.value, figure.value, spread, ratio, aim, self.floor_is

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Raises TypeError, ValueError or KeyError for what `to_dict` did not write."""
        parts = dict(document)
        figure, floor = (Measured(**_numbers(parts.pop(key))) for key in ("figure", "floor"))
        return cls(figure=figure, floor=floor, ratio=Ratio(**_numbers(parts.pop("ratio"))), **parts)


def digits(number: float) -> str:
    """At least three."""
    decimals = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2 if abs(number) >= 1 else 3
    return f"{number:,.{decimals}f}"


def _numbers(document: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in document.items()}
