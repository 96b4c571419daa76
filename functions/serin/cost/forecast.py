"""What will the month have cost when it is over? What is spent, and the days that are left as days have been lately."""

import calendar
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from serin.cost.money import dollars

__all__ = ["Forecast", "forecast"]

_DAYS = 28
"""Looked back on: whole weeks, and recent enough that a change of traffic is out of them in a month."""
_WEEKS = 4
_FEWEST = 2
_T975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052,
)  # fmt: skip
"""Student's t, 97.5 %, for 1 to 27 degrees of freedom: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2."""


@dataclass(frozen=True)
class Forecast:
    """Micro-dollars at the end of the month, with a prediction interval of 95 %; both ends are None without enough
    days. The lower end is never below what is spent."""

    spent: int
    expected: int
    low: int | None
    high: int | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "spent": self.spent, "expected": self.expected, "low": self.low, "high": self.high, "reason": self.reason,
        }  # fmt: skip


def forecast(days: Mapping[date, int], spent: int, now: datetime) -> Forecast:
    """From what whole days cost, of which the last 28 before today are looked at, and what this month has cost so far,
    today included.

    The sum of m days to come lies in m x ± t s sqrt(m + m² / n), with mean x and deviation s of n days (G. Hahn and W.
    Meeker, Statistical Intervals, 1991, sec. 4.8, times m). With four whole weeks each weekday has a mean of its own, s
    is that of the residuals, and the term under the root is summed over weekdays. Days are taken as independent and
    alike: a trend, or a client who comes or goes, is outside of the interval.
    """
    today = now.date()
    recent = {day: micro for day, micro in days.items() if today - timedelta(days=_DAYS) <= day < today}
    left = _left(now)
    remaining = sum(left.values())
    if len(recent) < _FEWEST:
        mean = sum(recent.values()) / len(recent) if recent else 0.0
        reason = (
            "1 whole day of spend is known, too few for an interval" if recent
            else "no whole day of spend is known yet, so that nothing is added for those to come"
        )  # fmt: skip
        return Forecast(spent, spent + round(mean * remaining), None, None, reason)
    groups = _weekdays(recent)
    more, spread = _sum_to_come(groups, left)
    expected = spent + round(more)
    low, high = max(spent, expected - round(spread)), expected + round(spread)
    how = "each weekday as in the last four weeks" if len(groups) > 1 else f"as the last {len(recent)} days"
    reason = f"{dollars(spent)} are spent, and {remaining:.1f} days are left, taken {how}"
    return Forecast(spent, expected, low, high, reason)


def _left(now: datetime) -> dict[date, float]:
    """What is left of each day of the month, from today on: 1 is a whole one."""
    last = calendar.monthrange(now.year, now.month)[1]
    gone = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(days=1)
    later = {now.date().replace(day=number): 1.0 for number in range(now.day + 1, last + 1)}
    return {now.date(): 1.0 - gone, **later}


def _weekdays(recent: Mapping[date, int]) -> dict[int, list[int]]:
    """Days by weekday where there are four of each, all as one group otherwise."""
    groups: dict[int, list[int]] = {}
    for day, micro in recent.items():
        groups.setdefault(day.weekday(), []).append(micro)
    if len(groups) == 7 and all(len(group) >= _WEEKS for group in groups.values()):
        return groups
    return {-1: list(recent.values())}


def _sum_to_come(groups: Mapping[int, list[int]], left: Mapping[date, float]) -> tuple[float, float]:
    """Its mean, and half the width of its interval."""
    means = {name: sum(group) / len(group) for name, group in groups.items()}
    freedom = sum(map(len, groups.values())) - len(groups)
    squares = sum((micro - means[name]) ** 2 for name, group in groups.items() for micro in group)
    parts: dict[int, float] = {}
    for day, part in left.items():
        name = day.weekday() if len(groups) > 1 else -1
        parts[name] = parts.get(name, 0.0) + part
    more = sum(part * means[name] for name, part in parts.items())
    variance = sum(part + part**2 / len(groups[name]) for name, part in parts.items())
    return more, _T975[freedom - 1] * math.sqrt(squares / freedom * variance)
