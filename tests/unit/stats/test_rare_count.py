"""A threshold that chance does not reach, and that is not far above the exact one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from serin.stats.rare_count import rare_count


@given(st.floats(0, 1e6), st.floats(1e-12, 0.5))
def test_chance_reaches_it_as_rarely_as_asked(mean, chance):
    """Against scipy's exact tail; and never zero, which everything reaches."""
    count = rare_count(mean, chance)
    assert count >= 1
    assert poisson.sf(count - 1, mean) <= chance * (1 + 1e-6)


@given(st.floats(0.01, 1e6), st.floats(1e-12, 1e-3))
def test_it_is_close_to_the_exact_one(mean, chance):
    """Chernoff's bound costs less than half of the distance to the mean, for chances as rare as alarms need."""
    exact = float(poisson.isf(chance, mean)) + 1
    assert rare_count(mean, chance) <= exact + 2 + 0.5 * (exact - mean)


@pytest.mark.parametrize(("mean", "chance"), [(-1.0, 0.1), (1.0, 0.0), (1.0, 1.0), (float("inf"), 0.1)])
def test_what_is_no_mean_or_chance_is_refused(mean, chance):
    """With the numbers."""
    with pytest.raises(ValueError, match="mean must not be negative"):
        rare_count(mean, chance)
