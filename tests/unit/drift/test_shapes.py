"""Other units and other columns are recognised by their curves, and seasons are neither."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.drift.shapes import converted_by, is_exchanged
from serin.stats.category_sketch import CategoryBins, CategorySketch
from serin.stats.numeric_bins import NumericBins
from serin.stats.numeric_sketch import NumericSketch


def _pair(before, now):
    bins = NumericBins.of(before)
    return NumericSketch(bins).update(now), NumericSketch(bins).update(before)


@pytest.mark.parametrize(
    ("scale", "offset", "said"),
    [
        (1.609344, 0, "multiplied by 1.60934"),
        (1 / 60, 0, "divided by 60"),
        (1000, 0, "multiplied by 1000"),
        (1 / 33.86389, 0, "divided by 33.8639"),
        (1 / 1.8, -32 / 1.8, "Fahrenheit came as Celsius"),
    ],
)
def test_a_unit_is_named(scale, offset, said):
    """From other rows of the same distribution."""
    rng = np.random.default_rng(1)
    before, now = rng.gamma(9, 12, 8_000), rng.gamma(9, 12, 2_000)
    assert said in converted_by(*_pair(before, scale * now + offset))


@pytest.mark.parametrize("scale", [0.9, 1.0, 1.3, 2.9])
def test_what_is_no_unit_is_not_named(scale):
    """A population may grow by a third."""
    rng = np.random.default_rng(2)
    assert converted_by(*_pair(rng.gamma(9, 12, 8_000), scale * rng.gamma(9, 12, 2_000))) is None


def test_a_summer_is_no_unit_of_a_winter():
    """Though its mean is 2.54 times as high, where the series is known to swing; orders of magnitude still tell."""
    rng = np.random.default_rng(3)
    winter, summer = rng.normal(36, 10, 8_000), rng.normal(90, 7, 2_000)
    assert converted_by(*_pair(winter, summer), usual=0.35) is None
    assert converted_by(*_pair(winter, winter[:2_000] / 1000), usual=0.35) == "divided by 1000"


@settings(max_examples=30)
@given(st.floats(-50, 50), st.floats(0.5, 20), st.booleans())
def test_two_columns_are_exchanged_if_each_looks_as_the_other_did(mean, deviation, really):
    """And not where both stay."""
    rng = np.random.default_rng(4)
    one, other = rng.normal(mean, deviation, (2, 3_000)), rng.gamma(2, 40, (2, 3_000)) + 200
    now = (other[1], one[1]) if really else (one[1], other[1])
    (one_now, one_was), (other_now, other_was) = _pair(one[0], now[0]), _pair(other[0], now[1])
    assert is_exchanged(one_now, other_now, one_was, other_was) == really


def test_numbers_are_never_exchanged_with_categories():
    """They are of other types: the model would have refused them."""
    now, was = _pair(np.arange(50.0), np.arange(50.0))
    names = CategorySketch(CategoryBins.of(["a", "b"])).update(["a"])
    assert not is_exchanged(now, names, was, names)
