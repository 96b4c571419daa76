"""Which hour is it, on the ledger? UTC, as AWS bills."""

import calendar
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

__all__ = ["end_of", "hour_of", "hours_between", "hours_of_month", "month_of", "start_of"]

_FORM = "%Y-%m-%dT%H"
_HOUR = timedelta(hours=1)


def hour_of(at: datetime) -> str:
    """
    >>> hour_of(datetime(2026, 11, 3, 8, 59, tzinfo=UTC))
    '2026-11-03T08'
    """
    return f"{at.astimezone(UTC):{_FORM}}"


def start_of(hour: str) -> datetime:
    return datetime.strptime(hour, _FORM).replace(tzinfo=UTC)


def end_of(hour: str) -> datetime:
    return start_of(hour) + _HOUR


def month_of(hour: str) -> str:
    return hour[:7]


def hours_between(first: str, last: str) -> Iterator[str]:
    """Both are among them."""
    at, end = start_of(first), start_of(last)
    while at <= end:
        yield hour_of(at)
        at += _HOUR


def hours_of_month(hour: str) -> int:
    """What has a price for a month costs as many parts of it an hour.

    >>> hours_of_month("2026-02-03T08")
    672
    """
    return 24 * calendar.monthrange(int(hour[:4]), int(hour[5:7]))[1]
