"""Does a forecast say what it can know, and no more?"""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from serin.cost import forecast as module
from serin.cost.forecast import forecast

NOW = datetime(2026, 11, 11, tzinfo=UTC)
DAYS = st.dictionaries(st.integers(1, 60).map(lambda back: NOW.date() - timedelta(days=back)), st.integers(0, 10**10))


def spend(each: list[int]) -> dict[date, int]:
    """The last of them yesterday."""
    return {NOW.date() - timedelta(days=back): micro for back, micro in enumerate(reversed(each), 1)}


@given(days=DAYS, spent=st.integers(0, 10**12), hours=st.integers(0, 24 * 20 - 1))
def test_it_is_never_below_what_is_spent(days: dict[date, int], spent: int, hours: int) -> None:
    """Money does not come back."""
    found = forecast(days, spent, NOW + timedelta(hours=hours))
    assert found.spent == spent <= found.expected
    if found.low is not None and found.high is not None:
        assert spent <= found.low <= found.expected <= found.high


def test_even_days_leave_no_doubt() -> None:
    """Ten days at a dollar and twenty to come are thirty dollars."""
    found = forecast(spend([1_000_000] * 10), 10_000_000, NOW)
    assert (found.low, found.expected, found.high) == (30_000_000, 30_000_000, 30_000_000)
    assert "20.0 days are left, taken as the last 10 days" in found.reason


def test_one_day_gives_no_interval() -> None:
    """Undecided is told, not hidden in a wide number."""
    found = forecast(spend([5]), 5, NOW)
    assert (found.expected, found.low, found.high) == (105, None, None)
    assert "too few" in found.reason


def test_weekdays_count_with_four_whole_weeks_of_them() -> None:
    """A shop that is closed on weekends is not expected to be open on them."""
    days = {NOW.date() - timedelta(days=back): 0 for back in range(1, 29)}
    days = {day: 10_000_000 if day.weekday() < 5 else 0 for day in days}
    found = forecast(days, 0, NOW)
    weekdays = sum(date(2026, 11, day).weekday() < 5 for day in range(11, 31))
    assert found.expected == found.high == weekdays * 10_000_000
    assert "each weekday" in found.reason


def test_what_is_long_ago_is_not_looked_at() -> None:
    """A price war of the spring says nothing of November."""
    old = {NOW.date() - timedelta(days=back): 10**9 for back in range(40, 60)}
    assert forecast(old | spend([1_000_000] * 5), 0, NOW) == forecast(spend([1_000_000] * 5), 0, NOW)


def test_the_interval_holds_what_it_promises() -> None:
    """In 2,000 months of independent days, 95 % of the ends lie in it, give or take chance (three standard errors)."""
    draw, hits = random.Random(7), 0
    for _ in range(2000):
        days = [round(draw.gauss(1e7, 2e6)) for _ in range(10)]
        rest = sum(round(draw.gauss(1e7, 2e6)) for _ in range(20))
        found = forecast(spend(days), sum(days), NOW)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= sum(days) + rest <= found.high
    assert hits / 2000 == pytest.approx(0.95, abs=0.015)


def test_the_table_of_t_is_right() -> None:
    """Against scipy, to the three digits that it has."""
    assert [round(t.ppf(0.975, freedom), 3) for freedom in range(1, 28)] == list(module._T975)
