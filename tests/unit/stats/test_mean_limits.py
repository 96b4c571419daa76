"""Limits of a mean, from sums."""

import numpy as np
import pytest
from scipy import stats

from serin.stats.mean_limits import Mean
from serin.stats.rows_to_tell import rows_to_tell


def test_limits_are_student_s():
    """As scipy has them, from sums alone."""
    values = np.random.default_rng(1).normal(5, 2, 40)
    low, high = Mean.of(40, values.sum(), (values**2).sum()).limits(np.array([1.959963985]))
    exact = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    assert (low[0], high[0]) == pytest.approx(exact, abs=1e-6)


def test_the_truth_is_missed_as_rarely_as_promised():
    """One-sided, of normal values, also where there are few: 40,000 simulated groups of five."""
    rng, z = np.random.default_rng(2), 2.5
    values = rng.normal(0, 1, (40_000, 5))
    lows = [Mean.of(5, one.sum(), (one**2).sum()).limits(np.array([z]))[0][0] for one in values]
    assert np.mean(np.array(lows) > 0) == pytest.approx(stats.norm.sf(z), abs=4 * np.sqrt(stats.norm.sf(z) / 40_000))


def test_without_two_values_everything_is_possible():
    """But for what can't be below a bound."""
    for n in (0, 1):
        low, high = Mean.of(n, 3.0 * n, 9.0 * n, least=0.0).limits(np.array([1.0]))
        assert (low[0], high[0]) == (0.0, np.inf)
    assert Mean.of(0, 0.0, 0.0).value is None
    assert rows_to_tell(Mean.of(0, 0.0, 0.0), 3.0, 0.1) is None


def test_rows_to_tell_grow_with_the_square_of_the_precision():
    """Four times as many for half the width."""
    one, two = (rows_to_tell(Mean(50, 1.0, 1.0), 3.0, half) for half in (0.1, 0.05))
    assert two / one == pytest.approx(4, rel=0.03)
