"""Figures over time as places on a picture: what was expected, what was realised, and how surely."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serin.watch.record import Record

__all__ = ["Chart", "Point", "quality_chart", "worth_charts"]

WIDTH, HEIGHT = 640, 160
_MARGIN = 12
_MOST = 31


@dataclass(frozen=True)
class Point:
    """In the picture's units, from its upper left corner; None where a figure is not known."""

    label: str
    x: float
    expected: float | None
    realised: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Chart:
    """`top` and `bottom` are the values at the upper and lower edge."""

    name: str
    points: tuple[Point, ...]
    top: float
    bottom: float

    @property
    def expected_line(self) -> str:
        """As SVG's polyline takes it."""
        return " ".join(f"{one.x:.1f},{one.expected:.1f}" for one in self.points if one.expected is not None)

    @property
    def realised_line(self) -> str:
        return " ".join(f"{one.x:.1f},{one.realised:.1f}" for one in self.points if one.realised is not None)


def quality_chart(records: Iterable[Record], name: str) -> Chart | None:
    """The oldest first. None where nothing is known of quality."""
    rows = [(str(one.span), one.figures) for one in records]
    return _chart(name, [(label, (f.expected, f.realised, f.low, f.high)) for label, f in rows])


def worth_charts(records: Sequence[Record]) -> tuple[Chart, ...]:
    """One for each KPI."""
    names = dict.fromkeys(name for one in records for name in one.figures.worth)
    found = (
        _chart(name, [(str(one.span), (None, one.figures.worth.get(name), None, None)) for one in records])
        for name in names
    )
    return tuple(one for one in found if one is not None)


def _chart(name: str, rows: Sequence[tuple[str, tuple[float | None, ...]]]) -> Chart | None:
    rows = rows[-_MOST:]
    known = [value for _, values in rows for value in values if value is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    spare = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    bottom, top = low - spare, high + spare
    step = (WIDTH - 2 * _MARGIN) / max(1, len(rows) - 1)

    def y(value: float | None) -> float | None:
        return None if value is None else HEIGHT - (value - bottom) / (top - bottom) * HEIGHT

    points = [
        Point(label, WIDTH / 2 if len(rows) == 1 else _MARGIN + place * step, *map(y, values))
        for place, (label, values) in enumerate(rows)
    ]
    return Chart(name, tuple(points), top, bottom)
