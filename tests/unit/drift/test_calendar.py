"""A baseline is cut into few, large stretches of the calendar."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.drift.calendar import stretches

DAY = 86_400
JANUARY = 1_356_998_400.0  # 2013-01-01, a Tuesday


def _cut(days, rows, start=JANUARY):
    return list(stretches(start + np.linspace(0, days * DAY - 1, rows)))


@pytest.mark.parametrize(
    ("days", "rows", "first", "count"),
    [
        (2, 20_000, "2013-01-01 00h", 48),
        (59, 20_000, "2013-01-01", 59),
        (365, 20_000, "the week of 2012-12-31", 53),
        (365 * 4, 20_000, "2013-01", 48),
        (59, 4_000, "the week of 2012-12-31", 9),
    ],
)
def test_the_shortest_length_that_is_large_enough(days, rows, first, count):
    """At most 60 windows, of 200 rows or more as a rule."""
    windows = [stretch for stretch, _ in _cut(days, rows) if stretch.start is not None]
    assert (windows[0].label, len(windows)) == (first, count)
    assert all(one.end == two.start for one, two in pairwise(windows))


def test_profiles_gather_weekdays_and_hours():
    """All Tuesdays together; where hours are windows already there are none."""
    found = {stretch.label: places for stretch, places in _cut(28, 28 * 24 * 20) if stretch.start is None}
    assert len(found) == 24 + 7
    tuesdays = found["Tuesdays"] // (24 * 20)
    assert set(tuesdays.tolist()) == {0, 7, 14, 21}
    assert {"January", "February"} <= {stretch.label for stretch, _ in _cut(59, 20_000)}
    assert not [stretch for stretch, _ in _cut(2, 20_000) if stretch.start is None]


@settings(max_examples=40)
@given(st.lists(st.floats(JANUARY, JANUARY + 400 * DAY) | st.just(float("nan")), max_size=800))
def test_each_row_is_in_its_own_window_once(times):
    """Rows without a time are in none; windows do not overlap and hold a hundred rows at least."""
    values = np.array(times)
    windows = [(stretch, places) for stretch, places in stretches(values) if stretch.start is not None]
    together = np.concatenate([places for _, places in windows]) if windows else np.zeros(0, int)
    assert len(set(together.tolist())) == together.size
    for stretch, places in windows:
        assert places.size >= 100
        assert ((stretch.start <= values[places]) & (values[places] < stretch.end)).all()
