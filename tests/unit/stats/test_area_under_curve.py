"""An AUC from counts is the one from the scores, and its standard error is how much it varies."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from serin.stats.anytime_mean import anytime_factor
from serin.stats.area_under_curve import area_under_curve


def _drawn(rng, rows):
    places = rng.integers(0, 40, rows)
    late = rng.random(rows) < 0.1 + 0.6 * places / 40
    return places, late


def _counted(places, late):
    return area_under_curve(np.bincount(places, minlength=40), np.bincount(places, late, minlength=40))


def test_it_is_scikit_learns():
    """Ties count half in both."""
    places, late = _drawn(np.random.default_rng(1), 3_000)
    assert _counted(places, late).value == pytest.approx(roc_auc_score(late, places))


def test_its_error_is_how_much_it_varies():
    """Over five hundred samples, to a tenth."""
    rng = np.random.default_rng(2)
    found = [_counted(*_drawn(rng, 800)) for _ in range(500)]
    assert np.std([one.value for one in found]) == pytest.approx(np.mean([one.error for one in found]), rel=0.1)


def test_one_kind_of_outcome_has_no_auc():
    """And no rows have none."""
    assert area_under_curve([3, 4], [3, 4]) is None
    assert area_under_curve([0, 0], [0, 0]) is None


def test_an_average_stays_within_its_interval_at_all_looks():
    """In nineteen of twenty runs of which each is looked at a hundred times, skewed values included."""
    rng, alpha = np.random.default_rng(3), 0.05
    values = rng.exponential(size=(500, 10_000)) - 1
    looks = np.geomspace(100, 10_000, 100).astype(int)
    sums, squares = np.cumsum(values, axis=1)[:, looks - 1], np.cumsum(values**2, axis=1)[:, looks - 1]
    means = sums / looks
    errors = np.sqrt((squares / looks - means**2) / looks)
    factors = np.array([anytime_factor(int(n), alpha) for n in looks])
    assert (np.abs(means) > factors * errors).any(axis=1).mean() <= alpha
