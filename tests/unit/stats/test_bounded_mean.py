"""Means of bounded values: intervals that hold at all looks, from sums alone."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.stats.bounded_mean import MeanSequence, hoeffding_interval
from serin.stats.mean_difference import MeanDifference
from serin.stats.moments import Moments
from tests.unit.stats.looks import moments

many = st.lists(moments(), max_size=5)


def after(seen, sequence=None):
    sequence = sequence or MeanSequence(0.0, 1.0)
    for look in seen:
        sequence = sequence.update(look)
    return sequence


@given(many, moments())
def test_a_stored_mean_goes_on_as_if_never_stopped(seen, then):
    """Through JSON and back the state is the same to the last bit."""
    sequence = after(seen)
    loaded = MeanSequence.from_dict(json.loads(json.dumps(sequence.to_dict())))
    assert loaded == sequence
    assert loaded.update(then) == sequence.update(then)


@given(many, st.floats(0.001, 0.1), st.floats(0.1, 0.9))
def test_the_mean_lies_in_its_interval(seen, strict, lax):
    """Finite at a billion values; wider for more certainty; never outside the range."""
    sequence = after(seen)
    wide, narrow = sequence.interval(strict), sequence.interval(lax)
    assert 0 <= wide.low <= narrow.low <= narrow.high <= wide.high <= 1
    assert sequence.seen.mean is None or narrow.low - 1e-9 <= sequence.seen.mean <= narrow.high + 1e-9


@given(many, many)
def test_sequences_over_different_values_join_in_either_order(one, two):
    """Two regions' sequences add up to the same, whichever comes first."""
    assert after(one) + after(two) == after(two) + after(one)


def test_different_ranges_do_not_join():
    """Sums on different scales mean different things."""
    with pytest.raises(ValueError, match="ranges"):
        MeanSequence(0.0, 1.0) + MeanSequence(0.0, 2.0)
    with pytest.raises(ValueError, match="low < high"):
        MeanSequence(1.0, 1.0)


def test_small_variance_makes_narrow_intervals():
    """With values that vary little, squares buy an interval far narrower than the sums alone allow."""
    rng = np.random.default_rng(17)
    looks = [Moments.of(rng.normal(0.5, 0.02, 500).clip(0, 1)) for _ in range(40)]
    with_squares = after(looks).interval(0.05)
    total = sum(look.total for look in looks)
    sums_only = hoeffding_interval(20_000, total, low=0.0, high=1.0, alpha=0.05)
    assert with_squares.high - with_squares.low < (sums_only.high - sums_only.low) / 4


def test_means_hold_at_all_looks_at_once():
    """Skewed values, 200 runs of 60 looks: the truth is ever outside in at most alpha of them, seed 19."""
    rng = np.random.default_rng(19)
    misses = 0
    for _ in range(200):
        sequence, missed = MeanSequence(0.0, 1.0), False
        for values in rng.beta(0.2, 1.8, (60, 20)):
            sequence = sequence.update(Moments.of(values))
            missed |= sequence.excludes(0.1, 0.05)
        misses += missed
    assert misses <= 10


def run(test, rng, loss, shares=(10, 250, 500), minutes=20):
    """Values whose level moves with the minute, with steps in the share of traffic."""
    for share in shares:
        for minute in range(minutes):
            level = 0.4 + 0.2 * math.sin(minute / 3)
            control = rng.random(1000 - share) < level
            candidate = rng.random(share) < level - loss
            test = test.update(Moments.of(control), Moments.of(candidate))
    return test


def test_a_lossy_candidate_is_rarely_safe_and_an_equal_one_is():
    """Worse by exactly the margin: SAFE in at most alpha of 100 runs; equal: SAFE in nearly all. Seed 23."""
    rng = np.random.default_rng(23)
    start = MeanDifference.start(low=0.0, high=1.0, margin=0.1)
    assert sum(run(start, rng, loss=0.1).safe(0.05) for _ in range(100)) <= 5
    assert sum(run(start, rng, loss=0.0).safe(0.05) for _ in range(20)) >= 18


@given(st.lists(st.tuples(moments(), moments()), max_size=5), moments())
def test_a_stored_difference_goes_on_as_if_never_stopped(seen, then):
    """Round trip through JSON, finite at a billion values, and blind to looks with one arm only."""
    test = MeanDifference.start(low=0.0, high=1.0, margin=0.05)
    for control, candidate in seen:
        test = test.update(control, candidate)
    assert all(map(math.isfinite, test.log_wealth))
    loaded = MeanDifference.from_dict(json.loads(json.dumps(test.to_dict())))
    assert loaded == test
    assert loaded.update(then, Moments()).log_wealth == test.log_wealth


@given(st.integers(0, 10**9), st.floats(0, 1))
def test_hoeffding_stays_in_the_range(n, mean):
    """The bound for sums alone holds the mean and stays within the values' range."""
    interval = hoeffding_interval(n, n * mean, low=0.0, high=1.0, alpha=0.05)
    assert 0 <= interval.low <= interval.high <= 1
    assert not n or interval.low - 1e-9 <= mean <= interval.high + 1e-9
