"""How much was spent, by whom and when? Sums over entries: whole micro-dollars, so no order of adding changes them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from serin.cost.entry import Entry, Line

__all__ = ["By", "by_line", "daily", "total", "totals"]


class By(StrEnum):
    TEAM = "team"
    MODEL = "model"
    VERSION = "version"
    DAY = "day"
    LINE = "line"


def total(entries: Iterable[Entry]) -> int:
    return sum(entry.micro for entry in entries)


def totals(entries: Iterable[Entry], by: By) -> dict[str, int]:
    """Micro-dollars by team, model, version (flights@2), day or line, in their order."""
    found: dict[str, int] = defaultdict(int)
    if by is By.LINE:
        return {code: line.micro for code, line in by_line(entries).items()}
    for entry in entries:
        found[_key(entry, by)] += entry.micro
    return dict(sorted(found.items()))


def by_line(entries: Iterable[Entry]) -> dict[str, Line]:
    """What each thing cost, with its quantity."""
    found: dict[str, Line] = {}
    for entry in entries:
        for code, line in entry.lines.items():
            found[code] = found.get(code, Line(0)) + line
    return dict(sorted(found.items()))


def daily(entries: Iterable[Entry]) -> Mapping[date, int]:
    """What a forecast is made from. A day without an entry is not in it: nothing was counted, which is not nothing."""
    return {date.fromisoformat(day): micro for day, micro in totals(entries, By.DAY).items()}


def _key(entry: Entry, by: By) -> str:
    account = entry.account
    match by:
        case By.TEAM:
            return account.team
        case By.MODEL:
            return account.model
        case By.VERSION:
            return f"{account.model}@{account.version}"
    return entry.day
