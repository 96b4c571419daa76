"""Limits of a rate that hold for any counts, and how many it takes to know one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm

from serin.stats.pairwise import Sample
from serin.stats.proportion import Proportion
from serin.stats.rows_to_tell import rows_to_tell

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.floats(0.5, 0.9999))
def test_limits_are_those_of_scipy(seen, level):
    """Clopper and Pearson's, both ends, at any level."""
    count, n = seen
    low, high = Proportion(count, n).limits(np.array([norm.isf((1 - level) / 2)]))
    exact = binomtest(count, n).proportion_ci(level, "exact")
    assert (low[0], high[0]) == pytest.approx((exact.low, exact.high), abs=1e-9)


rates = st.sampled_from([0.0, 1.0]) | st.floats(1e-9, 1 - 1e-9)  # scipy's pmf overflows at 1e-308


@given(st.integers(1, 60), rates, st.floats(0, 4))
def test_the_truth_is_missed_as_rarely_as_promised(n, p, z):
    """By the exact distribution, however rare the event and small the chance."""
    bounds = [Proportion(count, n).limits(np.array([z])) for count in range(n + 1)]
    chances = binom.pmf(np.arange(n + 1), n, p)
    below = sum(chance for chance, (low, _) in zip(chances, bounds, strict=True) if low[0] > p + 1e-12)
    above = sum(chance for chance, (_, high) in zip(chances, bounds, strict=True) if high[0] < p - 1e-12)
    assert max(below, above) <= norm.sf(z) + 1e-9


def test_of_nothing_everything_is_possible():
    """And a shift moves all of it."""
    low, high = Proportion(0, 0, shift=-0.5).limits(np.array([0.0, 3.0]))
    assert (low.tolist(), high.tolist(), Proportion(0, 0).value) == ([-0.5, -0.5], [0.5, 0.5], None)
    assert Proportion(3, 4, shift=-1.0).value == -0.25


@given(counts, st.floats(1, 5), st.floats(0.01, 0.4))
@settings(max_examples=40)
def test_so_many_rows_tell_and_few_less_do_not(seen, r, half):
    """At the rate that was seen; one percent is the grain."""
    sample: Sample = Proportion(*seen)
    needed = rows_to_tell(sample, r, half)
    assert needed is not None
    for n, enough in ((needed, True), (int(needed * 0.98) - 1, False)):
        resized = sample.resized(n)
        low, high = resized.limits(np.array([r]))
        if n > 0:
            assert (max(sample.value - low[0], high[0] - sample.value) <= half) == enough


def test_what_no_number_tells_is_none():
    """A half width of nothing, or one that would take more than anybody has."""
    assert [rows_to_tell(Proportion(5, 10), 3.0, half) for half in (0.0, 1e-6)] == [None, None]
