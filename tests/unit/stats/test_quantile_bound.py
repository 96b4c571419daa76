"""Does a quantile lie beyond its bound no more often than promised, whatever the distribution?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from serin.stats.quantile_bound import fewest, lower_bound, upper_bound

Q = st.floats(0.5, 0.999)
ALPHA = st.floats(0.001, 0.2)


@given(st.integers(1, 2000), Q, ALPHA)
def test_the_bounds_are_the_tightest_that_the_binomial_allows(n: int, q: float, alpha: float) -> None:
    """The rank that is given keeps alpha, the next one would not; by scipy's binomial."""
    values, error = range(1, n + 1), 1e-9
    upper, lower = upper_bound(values, q, alpha), lower_bound(values, q, alpha)
    rank = int(upper) if upper else n + 1
    assert upper is None or binom.sf(rank - 1, n, q) <= alpha + error
    assert binom.sf(rank - 2, n, q) >= alpha - error
    rank = int(lower) if lower else 0
    assert lower is None or binom.cdf(rank - 1, n, q) <= alpha + error
    assert rank == n or binom.cdf(rank, n, q) >= alpha - error


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=400), Q, ALPHA, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_bounds_do_not_cross(values, q, alpha, random) -> None:
    """Each is one of the values, the lower one no higher than the upper one."""
    shuffled = [*values]
    random.shuffle(shuffled)
    upper, lower = upper_bound(values, q, alpha), lower_bound(values, q, alpha)
    assert (upper, lower) == (upper_bound(shuffled, q, alpha), lower_bound(shuffled, q, alpha))
    assert {upper, lower} <= {*values, None}
    assert upper is None or lower is None or lower <= upper


@pytest.mark.parametrize("n", [299, 500, 1000])
def test_the_chance_is_kept(n: int) -> None:
    """Of log-normal times, 3,000 samples of them."""
    times = np.exp(np.random.default_rng(n).normal(size=(3000, n)))
    truth = float(np.exp(2.3263478740408408))
    missed = np.mean([upper_bound(row, 0.99, 0.05) < truth for row in times])
    assert 0.02 < missed < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 3000)


def test_with_fewer_than_299_nothing_is_said_of_a_p99() -> None:
    """Not even by the largest of them."""
    assert fewest(0.99, 0.05) == 299
    assert upper_bound([1.0] * 298, 0.99, 0.05) is None
    assert upper_bound([], 0.99, 0.05) is lower_bound([], 0.99, 0.05) is None
