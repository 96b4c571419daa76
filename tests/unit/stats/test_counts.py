"""Counts and moments add up, in any order, and refuse what can't be."""

import math

import pytest
from hypothesis import given

from serin.stats.counts import Counts
from serin.stats.moments import Moments
from tests.unit.stats.looks import counts, moments


@given(counts(), counts(), counts())
def test_counts_add_up_in_any_order(one, two, three):
    """Sandboxes may report in any order and be grouped in any way."""
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + Counts() == one


@given(moments(), moments())
def test_moments_add_up_in_any_order(one, two):
    """Sums of values are the same in either order."""
    assert one + two == two + one
    assert one + Moments() == one


@pytest.mark.parametrize(("bad", "total"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(bad, total):
    """More bad events than requests, or negative numbers, are a fault of the sender."""
    with pytest.raises(ValueError, match="can't be"):
        Counts(bad, total)


def test_no_traffic_has_no_rate():
    """An arm without requests is not an arm without errors."""
    assert Counts().rate is None
    assert Moments().mean is None


@pytest.mark.parametrize("seen", [Moments.of([11.0]), Moments.of([-1.0]), Moments(2, math.nan, 1.0)])
def test_values_outside_their_range_are_refused(seen):
    """The bounds hold for values in the range only, so sums that can't come from it don't pass."""
    with pytest.raises(ValueError, match="can't come from"):
        seen.rescaled(0.0, 10.0)
