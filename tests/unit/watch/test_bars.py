"""The pictures of then and now add up, and show what the sketches hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.stats.category_sketch import CategoryBins, CategorySketch
from serin.stats.numeric_bins import NumericBins
from serin.stats.numeric_sketch import NumericSketch
from serin.watch.bars import bars

NUMBERS = st.lists(st.floats(-1e9, 1e9) | st.just(float("nan")) | st.just(float("inf")), min_size=1, max_size=200)
TEXTS = st.lists(st.none() | st.text(max_size=3), min_size=1, max_size=100)


def numbers(values, now):
    bins = NumericBins.of(values)
    return NumericSketch(bins).update(values), NumericSketch(bins).update(now)


def categories(values, now):
    values, now = np.array(values, object), np.array(now, object)
    bins = CategoryBins.of(values)
    before, after = CategorySketch(bins), CategorySketch(bins)
    before.update(values)
    after.update(now)
    return before, after


@settings(max_examples=60)
@given(NUMBERS, NUMBERS)
def test_shares_of_numbers_add_up_to_all_rows(values, now):
    """Then and now, with what is missing, infinite or out of range."""
    found = bars(*numbers(values, now))
    assert sum(one.before for one in found) == pytest.approx(1.0)
    assert sum(one.now for one in found) == pytest.approx(1.0)
    assert all(one.before >= -1e-12 and one.now >= -1e-12 for one in found)


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_shares_of_categories_add_up_to_all_rows(values, now):
    """Then and now, with what is rare, missing or new."""
    found = bars(*categories(values, now))
    assert sum(one.before for one in found) == pytest.approx(1.0)
    assert sum(one.now for one in found) == pytest.approx(1.0)


def test_few_values_have_a_bar_each():
    """A number of engines is no range."""
    found = bars(*numbers([1, 1, 2, 2, 2, 4], [2, 4, 4, 9]))
    assert [(one.label, round(one.before, 3), one.now) for one in found] == [
        ("1", 0.333, 0.0), ("2", 0.5, 0.25), ("4", 0.167, 0.5), ("≥ 4", 0.0, 0.25),
    ]  # fmt: skip


def test_a_curve_is_cut_into_bars_of_one_width():
    """Each as high as the share of the values in it; far values have one bar on each side."""
    values = np.random.default_rng(1).normal(size=20_000)
    found = bars(*numbers(values, values + 1))
    inner = found[1:-1]
    assert (found[0].label[0], found[-1].label[0], len(inner)) == ("<", "≥", 18)
    lows = [float(one.label.split(" to ")[0]) for one in inner]
    exact = [np.mean((values + 1 >= low) & (values + 1 < low + lows[1] - lows[0])) for low in lows]
    assert np.abs(np.array(exact) - [one.now for one in inner]).max() < 0.01


def test_what_is_new_or_missing_stands_at_the_end():
    """So that it is not overlooked."""
    found = bars(*categories(["a", "a", "b"], ["a", "z", None, None]))
    assert [(one.label, one.now) for one in found] == [
        ("a", 0.25), ("b", 0.0), ("unseen before", 0.25), ("missing", 0.5),
    ]  # fmt: skip


def test_two_kinds_can_not_be_compared():
    """A feature that was a number and is a text now has other bins."""
    with pytest.raises(TypeError):
        bars(numbers([1.0], [1.0])[0], categories(["a"], ["a"])[0])
