"""Bounds on chances are never too small, and hardly too large where it matters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from serin.stats.exchangeable import log_chance, log_chance_above

counts = st.integers(0, 400)


@settings(max_examples=200)
@given(st.integers(1, 400), st.integers(1, 400), counts, counts)
def test_it_bounds_the_exact_hypergeometric_tail(m, n, x, y):
    """From above, on both sides, and by less than a factor of two where the chance is below a hundredth."""
    x, y = min(x, m), min(y, n)
    found = float(np.exp(log_chance(x, m, y, n)))
    exact = min(1.0, 2 * min(hypergeom.sf(x - 1, m + n, x + y, m), hypergeom.cdf(x, m + n, x + y, m)))
    assert found >= exact * (1 - 1e-9)
    if exact < 0.01:
        assert found <= 2 * exact + 1e-300


def test_it_tells_chances_that_no_resampling_could():
    """A hundred million rows, of which one in a thousand more are marked."""
    found = float(log_chance(101_000, 10**8, 1_000, 10**6))
    assert found == pytest.approx(float(log_chance(1_000, 10**6, 101_000, 10**8)), rel=1e-3)
    assert -1 < found <= 0
    assert float(log_chance(300_000, 10**8, 1_000, 10**6)) < -200


@given(st.integers(1, 500), st.integers(0, 500), st.floats(0.001, 0.9))
def test_chernoffs_bound_is_above_the_binomial_tail(m, x, rate):
    """At a rate that is known."""
    x = min(x, m)
    assert np.exp(log_chance_above(x, m, rate)) >= binom.sf(x - 1, m, rate) * (1 - 1e-9)
