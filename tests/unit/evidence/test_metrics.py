"""Each figure is scikit-learn's, also for rows with weights."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

import serin.evidence
from serin.evidence.answers import Answers, Task
from serin.evidence.calibration import calibration_error
from serin.evidence.metrics import figures
from serin.evidence.ranking import weighted_auc
from serin.outcomes.quality import Quality
from serin.stats.area_under_curve import area_under_curve


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.iter_modules(serin.evidence.__path__, "serin.evidence.")]
)
def test_examples_hold(name):
    """Every example in a docstring gives what is written beneath it."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def _drawn(n=500, seed=0):
    rng = np.random.default_rng(seed)
    score = np.round(rng.beta(2, 3, n), 2)  # with ties
    return rng, score, (rng.random(n) < score).astype(float), rng.integers(0, 4, n).astype(float)


def test_binary_figures_are_scikit_learns():
    """With weights as without: a row that was drawn twice counts twice."""
    _, score, outcome, weights = _drawn()
    found = figures(Answers(Task.BINARY, score), outcome, ("0", "1"), threshold=0.4, quantile=0.5)
    for w in (weights, np.ones(len(score))):
        assert found["auc"].of(w) == pytest.approx(theirs.roc_auc_score(outcome, score, sample_weight=w))
        assert found["brier"].of(w) == pytest.approx(theirs.brier_score_loss(outcome, score, sample_weight=w))
        inside = np.clip(score, 1e-6, 1 - 1e-6)
        assert found["log_loss"].of(w) == pytest.approx(theirs.log_loss(outcome, inside, sample_weight=w))
        right = theirs.accuracy_score(outcome, score >= 0.4, sample_weight=w)
        assert found["accuracy"].of(w) == pytest.approx(right)


def test_figures_of_several_classes_are_scikit_learns():
    """Overall, and by class: its recall."""
    rng, _, _, weights = _drawn()
    score, outcome = rng.dirichlet(np.ones(4), len(weights)), rng.integers(0, 3, len(weights)).astype(float)
    found = figures(Answers(Task.MULTICLASS, score), outcome, tuple("wxyz"), threshold=0.5, quantile=0.5)
    said = score.argmax(axis=1)
    assert found["accuracy"].of(weights) == pytest.approx(theirs.accuracy_score(outcome, said, sample_weight=weights))
    loss = theirs.log_loss(outcome, score, sample_weight=weights, labels=[0, 1, 2, 3])
    assert found["log_loss"].of(weights) == pytest.approx(loss)
    recall = theirs.recall_score(outcome, said, labels=[0, 1, 2], average=None, sample_weight=weights)
    assert [found[f"accuracy:{name}"].of(weights) for name in "wxy"] == pytest.approx(recall.tolist())
    assert found["accuracy:w"].n == (outcome == 0).sum()
    assert "accuracy:z" not in found, "a class without rows has no figure"


@pytest.mark.parametrize("quantile", [0.5, 0.9])
def test_figures_of_numbers_are_scikit_learns(quantile):
    """Pinball at the quantile that the model estimates."""
    rng, _, _, weights = _drawn()
    outcome, score = rng.normal(size=(2, len(weights)))
    found = figures(Answers(Task.REGRESSION, score), outcome, (), threshold=0.5, quantile=quantile)
    assert found["mae"].of(weights) == pytest.approx(theirs.mean_absolute_error(outcome, score, sample_weight=weights))
    rmse = theirs.root_mean_squared_error(outcome, score, sample_weight=weights)
    assert found["rmse"].of(weights) == pytest.approx(rmse)
    loss = theirs.mean_pinball_loss(outcome, score, sample_weight=weights, alpha=quantile)
    assert found["pinball"].of(weights) == pytest.approx(loss)


def test_the_calibration_error_is_the_one_that_outcomes_get():
    """Evidence and what is realised online can be compared."""
    _, score, outcome, _ = _drawn()  # with scores on the edges of bins
    whole = sum((Quality.binary(s, bool(y)) for s, y in zip(score, outcome, strict=True)), Quality())
    assert calibration_error(outcome, score)(np.ones(500)) == pytest.approx(whole.calibration_error)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=30))
def test_a_weighted_auc_is_that_of_repeated_rows(seen):
    """And that of counts by score; with one class only it is none."""
    score, outcome, weights = (np.array(column, float) for column in zip(*seen, strict=True))
    repeats = weights.astype(int)
    bins = np.repeat(score, repeats).astype(int)
    counts = area_under_curve(
        np.bincount(bins, minlength=4), np.bincount(bins, np.repeat(outcome, repeats), minlength=4)
    )
    assert weighted_auc(outcome, score)(weights) == pytest.approx(counts.value if counts else np.nan, nan_ok=True)
