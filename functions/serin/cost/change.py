"""Why does it cost more than last month, or less? Each line's difference, as more usage and as another price."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from serin.cost.entry import Line
from serin.cost.money import dollars

__all__ = ["Change", "changes"]


@dataclass(frozen=True)
class Change:
    """Micro-dollars of one line, before and after; `volume` and `price` sum to the difference exactly."""

    line: str
    before: int
    after: int
    volume: int
    price: int
    growth: float | None

    @property
    def difference(self) -> int:
        return self.after - self.before

    @property
    def sentence(self) -> str:
        """For a person, without the name of the line."""
        said = dollars(self.difference, sign=True)
        if not self.before:
            return f"{said}: it is new"
        if not self.after:
            return f"{said}: it is gone"
        parts = []
        if self.volume and self.growth is not None:
            word = "more" if self.growth > 0 else "less"
            parts.append(f"{dollars(self.volume, sign=True)} for {abs(self.growth):.0%} {word} usage")
        if self.price:
            word = "higher" if self.price > 0 else "lower"
            parts.append(f"{dollars(self.price, sign=True)} for a {word} price of the unit")
        return f"{said}: {' and '.join(parts) or 'nothing changed'}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "line": self.line, "before": self.before, "after": self.after, "difference": self.difference,
            "volume": self.volume, "price": self.price, "sentence": self.sentence,
        }  # fmt: skip


def changes(before: Mapping[str, Line], after: Mapping[str, Line]) -> tuple[Change, ...]:
    """The largest first, of lines that differ. Compare as many days of one month with as many of the other.

    With quantities q and mean prices p of the unit: (q1 - q0) p0 is the effect of volume, q1 (p1 - p0) that of price,
    or of a mix of units that have several (Laspeyres' volume and Paasche's price; ILO and others, Producer Price Index
    Manual, 2004, ch. 15). What is new or gone is all volume.
    """
    found = [
        _change(name, before.get(name, Line(0)), after.get(name, Line(0))) for name in before.keys() | after.keys()
    ]
    return tuple(
        sorted((one for one in found if one.difference), key=lambda one: (-abs(one.difference), one.line))
    )  # fmt: skip


def _change(name: str, before: Line, after: Line) -> Change:
    difference = after.micro - before.micro
    if not before.micro or not after.micro or not before.quantity:
        return Change(name, before.micro, after.micro, difference, 0, None)
    growth = after.quantity / before.quantity - 1
    volume = round(growth * Fraction(before.micro))
    return Change(name, before.micro, after.micro, volume, difference - volume, float(growth))
