"""What has a month cost, what will it have cost, and why is that not what the month before cost?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from serin.cost.books import Counted
from serin.cost.change import Change, changes
from serin.cost.entry import TRAINING, Entry
from serin.cost.forecast import Forecast, forecast
from serin.cost.hour import hours_of_month
from serin.cost.ledger import by_line, daily, total

__all__ = ["Compared", "Month", "month_before", "month_of_ledger"]

_WHOLE = 24


@dataclass(frozen=True)
class Compared:
    """With the month before: by hours of the same day and time that both have closed, and `hours` is how many; or by
    all of both, where it is None."""

    month: str
    before: int
    after: int
    changes: tuple[Change, ...]
    hours: int | None = None


@dataclass(frozen=True)
class Month:
    """`forecast` is None for a month that is over, `compared` where nothing is known of the one before."""

    month: str
    hours: tuple[Counted, ...]
    forecast: Forecast | None
    compared: Compared | None

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for one in self.hours for entry in one.entries)

    @property
    def micro(self) -> int:
        return total(self.entries)

    @property
    def open(self) -> tuple[str, ...]:
        """Hours that will be counted again."""
        return tuple(one.hour for one in self.hours if not one.closed)


def month_before(month: str) -> str:
    """
    >>> month_before("2026-01")
    '2025-12'
    """
    return (date.fromisoformat(f"{month}-01") - timedelta(days=1)).isoformat()[:7]


def month_of_ledger(month: str, hours: Sequence[Counted], before: Sequence[Counted], now: datetime) -> Month:
    """From what is on the ledger of the month and of the one before it."""
    running = now.astimezone(UTC).isoformat()[:7] == month
    expected = _expected(hours, before, now) if running else None
    return Month(month, tuple(hours), expected, _compared(hours, before, month_before(month), running))


def _expected(hours: Sequence[Counted], before: Sequence[Counted], now: datetime) -> Forecast:
    """From whole days of which every hour is closed. What training cost is spent, and foretells nothing."""
    known = (*before, *hours)
    closed: dict[str, int] = {}
    for one in known:
        closed[one.hour[:10]] = closed.get(one.hour[:10], 0) + one.closed
    entries = [entry for one in known for entry in one.entries if closed[entry.day] == _WHOLE]
    days = daily(_without_training(entries))
    return forecast(days, sum(one.micro for one in hours), now)


def _without_training(entries: Iterable[Entry]) -> Iterable[Entry]:
    for entry in entries:
        lines = {code: line for code, line in entry.lines.items() if code != TRAINING}
        yield Entry(entry.account, entry.hour, lines)


def _compared(hours: Sequence[Counted], before: Sequence[Counted], month: str, running: bool) -> Compared | None:
    """An hour that is open lacks most lines, and one that was never counted all: neither is less spend."""
    same: int | None = None
    if running or len(before) < hours_of_month(month):
        both = {one.hour[8:] for one in hours if one.closed} & {one.hour[8:] for one in before if one.closed}
        hours, before = ([one for one in part if one.hour[8:] in both] for part in (hours, before))
        same = len(both)
    if not before:
        return None
    was, is_now = (by_line(entry for one in part for entry in one.entries) for part in (before, hours))
    cost, costs = (sum(one.micro for one in part) for part in (before, hours))
    return Compared(month, cost, costs, changes(was, is_now), same)
