"""Into which stretches of time is a baseline cut? Calendar hours, days, weeks or months (UTC), none of them too small.

Beside these windows stand profiles, which gather all Mondays, all hours from 8 to 9, or all days of a January: what a
window can be like that is like no average.
"""

from calendar import month_name
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Places", "Stretch", "stretches"]

_MOST = 60
_ENOUGH = 200  # rows of a middling window, below which its distances are mostly noise
_LEAST = 100
_DAY = 86_400
_LENGTHS = (("hour", 3600), ("day", _DAY), ("week", 7 * _DAY), ("month", 0))
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_MONDAY = 4 * _DAY  # 1970-01-05, of the epoch's first week

Places: TypeAlias = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Stretch:
    """`start` and `end` are epoch seconds, None for a profile; `label` is what people call it, `kind` is `window`, or
    that of the profile: `hour`, `weekday`, `month`."""

    label: str
    start: float | None
    end: float | None
    kind: str = "window"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def stretches(times: npt.NDArray[np.float64]) -> Iterator[tuple[Stretch, Places]]:
    """The windows in their order, then the profiles, each with the places of its rows. `times` are epoch seconds.

    The shortest length is taken that makes at most 60 windows of 200 rows or more, months where none does.
    """
    known = np.flatnonzero(np.isfinite(times))
    if not known.size:
        return
    numbers, length = _cut(times[known])
    for number in np.unique(numbers):
        places = known[numbers == number]
        if places.size >= _LEAST:
            start, end = _span(int(number), length)
            yield Stretch(_label(start, length), start, end), places
    if length != "hour":
        yield from _profiles(times, known)


def _cut(times: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], str]:
    for length, _ in _LENGTHS:
        numbers = _numbers(times, length)
        _, rows = np.unique(numbers, return_counts=True)
        if rows.size <= _MOST and np.median(rows) >= _ENOUGH:
            return numbers, length
    return numbers, length


def _numbers(times: npt.NDArray[np.float64], length: str) -> npt.NDArray[np.int64]:
    if length == "month":
        return times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    seconds = dict(_LENGTHS)[length]
    return np.asarray(np.floor((times - (_MONDAY if length == "week" else 0)) / seconds), np.int64)


def _span(number: int, length: str) -> tuple[float, float]:
    if length == "month":
        first, last = (np.datetime64(number + more, "M").astype("datetime64[s]").astype(float) for more in (0, 1))
        return float(first), float(last)
    seconds = dict(_LENGTHS)[length]
    start = float(number * seconds + (_MONDAY if length == "week" else 0))
    return start, start + seconds


def _label(start: float, length: str) -> str:
    text = str(np.datetime64(int(start), "s"))
    forms = {"hour": f"{text[:10]} {text[11:13]}h", "week": f"the week of {text[:10]}", "month": text[:7]}
    return forms.get(length, text[:10])


def _profiles(times: npt.NDArray[np.float64], known: Places) -> Iterator[tuple[Stretch, Places]]:
    seconds = times[known]
    hours = np.floor(seconds / 3600).astype(np.int64) % 24
    weekdays = np.floor((seconds - _MONDAY) / _DAY).astype(np.int64) % 7
    groups = [("hour", f"{hour:02d}h to {(hour + 1) % 24:02d}h", known[hours == hour]) for hour in range(24)]
    if seconds.max() - seconds.min() >= 14 * _DAY:
        groups += [("weekday", name, known[weekdays == day]) for day, name in enumerate(_WEEKDAYS)]
    if seconds.max() - seconds.min() >= 50 * _DAY:
        months = seconds.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
        groups += [("month", name, known[months == month]) for month, name in enumerate(month_name[1:])]
    for kind, label, places in groups:
        if places.size >= _LEAST:
            yield Stretch(label, None, None, kind), places
