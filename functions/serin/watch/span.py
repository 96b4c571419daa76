"""Which slices of time are looked at? All of one length, the first from the midnight of a Monday, whoever asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from serin.errors import BadRequest

__all__ = ["LENGTHS", "Span", "ended", "spans"]

LENGTHS = (1, 2, 3, 4, 6, 8, 12, 24, 168)
"""Hours that divide a day, and the week."""

_HOUR = timedelta(hours=1)
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Span:
    """`start` is in UTC, on a whole hour. It is written as 2026-01-05T00+24h."""

    start: datetime
    hours: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises BadRequest for what is no span, or none of these lengths."""
        start, _, length = text.partition("+")
        try:
            span = cls(datetime.strptime(start, "%Y-%m-%dT%H").replace(tzinfo=UTC), int(length.removesuffix("h")))
        except ValueError:
            raise BadRequest(
                f"{text!r} is no window: write its first hour and its length, 2026-01-05T00+24h."
            ) from None
        if span.hours not in LENGTHS or span != cls.at(span.start, span.hours):
            raise BadRequest(
                f"{text!r} is no window: lengths are {', '.join(map(str, LENGTHS))} hours, and the one in which it lies"
                f" is {cls.at(span.start, span.hours) if span.hours in LENGTHS else 'none of them'}."
            )
        return span

    @classmethod
    def at(cls, moment: datetime, hours: int) -> Self:
        """The span in which a moment lies."""
        passed = (moment.astimezone(UTC) - _MONDAY) // (hours * _HOUR)
        return cls(_MONDAY + passed * hours * _HOUR, hours)

    @property
    def end(self) -> datetime:
        return self.start + self.hours * _HOUR

    @property
    def before(self) -> "Span":
        """The one that ended when this one began."""
        return Span(self.start - self.hours * _HOUR, self.hours)

    @property
    def all_before(self) -> Iterator["Span"]:
        """The latest first, without end."""
        span = self.before
        while True:
            yield span
            span = span.before

    @property
    def each_hour(self) -> tuple[datetime, ...]:
        return tuple(self.start + number * _HOUR for number in range(self.hours))

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H}+{self.hours}h"


def spans(since: datetime, until: datetime, hours: int) -> Iterator[Span]:
    """Those that began at `since` or later, or held it, and ended by `until`; the oldest first."""
    span = Span.at(since, hours)
    while span.end <= until:
        yield span
        span = Span(span.end, hours)


def ended(now: datetime, hours: int, back: int, grace: timedelta) -> list[Span]:
    """The last `back` that ended at least `grace` ago, the oldest first."""
    last = Span.at(now - grace, hours)
    return [Span(last.start - number * hours * _HOUR, hours) for number in range(back, 0, -1)]
