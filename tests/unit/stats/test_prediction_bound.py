"""The next value exceeds the bound no more often than promised."""

import numpy as np
import pytest

from serin.stats.prediction_bound import prediction_bound

RUNS = 4000


@pytest.mark.parametrize("values", [8, 30, 58])
@pytest.mark.parametrize("chance", [0.1, 0.02, 0.002])
@pytest.mark.parametrize("draw", ["exponential", "largest of 20"])
def test_the_chance_is_kept(values, chance, draw):
    """Exactly for exponential tails, and more than that for the largest of many normal deviations."""
    rng = np.random.default_rng(values)
    if draw == "exponential":
        drawn = rng.exponential(size=(RUNS, values + 1))
    else:
        drawn = np.abs(rng.normal(size=(RUNS, values + 1, 20))).max(axis=2)
    exceeded = np.mean([row[-1] > prediction_bound(row[:-1], chance) for row in drawn])
    assert exceeded <= chance + 3 * np.sqrt(chance / RUNS)
    if draw == "exponential" and chance >= 0.02:
        assert exceeded >= min(chance, np.floor(chance * (values + 1)) / (values + 1) or chance) / 2


def test_a_rank_needs_no_tail():
    """Where there are enough values the bound is one of them, whatever their distribution."""
    values = np.random.default_rng(1).standard_cauchy(99)
    assert prediction_bound(values, 0.05) == np.sort(values)[-5]


@pytest.mark.parametrize("chance", [0, 1, -1])
def test_a_chance_is_a_chance(chance):
    """Nothing else is taken."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        prediction_bound(range(20), chance)
