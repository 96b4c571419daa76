"""What quality is to be expected on other scores, and when is less than that more than chance?"""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from serin.drift.expectation import expect
from serin.drift.outcome_quality import Outcomes, judge_outcomes, natural_gap
from serin.drift.score_quality import CLASSIFICATION, ScoreQuality, expected_quality
from serin.drift.worth import Worth, judge_worth
from serin.stats.moments import Moments
from serin.stats.numeric_bins import NumericBins
from serin.stats.numeric_sketch import NumericSketch
from tests.unit.drift.watched import outcomes

NO_ROWS = np.zeros(0, np.intp)


def _reference(scores, happened, task=CLASSIFICATION, windows=()):
    bins = NumericBins.of(scores)
    return bins, ScoreQuality.of("score:p", bins, task, scores, happened, {}, windows)


def _counts(bins, scores):
    return NumericSketch(bins).update(scores).counts.astype(float)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.2, 0.5), (0.4, 0.9), (0.0, 0.3)])
def test_the_auc_on_other_scores_is_foreseen(low, high):
    """Where what happens at a score is the same: to four of its standard errors."""
    rng = np.random.default_rng(1)
    scores, others = rng.beta(2, 3, 20_000), rng.beta(2, 3, 60_000)
    others = others[(others >= low) & (others <= high)]
    bins, reference = _reference(scores, (rng.random(20_000) < scores).astype(float))
    found = expected_quality(reference.overall, _counts(bins, others), CLASSIFICATION)
    exact = roc_auc_score(rng.random(others.size) < others, others)
    assert found.value == pytest.approx(exact, abs=4 * np.hypot(found.unknown, found.drawn))
    assert found.unknown < 0.01


@pytest.mark.parametrize("task", [CLASSIFICATION, "regression"])
def test_how_much_chance_moves_what_is_expected_is_known(task):
    """It depends on which scores are drawn, and not on their outcomes, of which most of an AUC's own error comes."""
    rng = np.random.default_rng(8)
    scores = rng.beta(2, 3, 20_000)
    happened = (rng.random(20_000) < scores) if task == CLASSIFICATION else scores * (1 + rng.normal(size=20_000))
    bins, reference = _reference(scores, happened.astype(float), task)
    drawn = [_counts(bins, rng.choice(scores, 500)) for _ in range(300)]
    found = [expected_quality(reference.overall, one, task) for one in drawn]
    spread = np.std([one.value for one in found])
    assert spread == pytest.approx(np.mean([one.of_scores for one in found]), rel=4 / np.sqrt(2 * 300))
    assert all(one.of_scores < 0.8 * one.drawn for one in found)


def test_days_whose_scores_differ_are_usual_even_where_each_has_few_rows():
    """Less than the error of an AUC of as many rows, but more than chance does to the expected one."""
    rng = np.random.default_rng(9)
    scores = [rng.beta(shape, 3, 400) for shape in rng.uniform(1.5, 3.5, 50)]
    whole = np.concatenate(scores)
    bins, reference = _reference(whole, (rng.random(whole.size) < whole).astype(float))
    lines = np.array([_counts(bins, one) for one in scores])
    further = [_counts(bins, rng.beta(shape, 3, 40_000)) for shape in rng.uniform(1.5, 3.5, 50)]
    falls = [expect(reference, one, lines, 0.01) for one in further]
    assert max(one.fall for one in falls) > 0.02
    assert np.mean([one.fall > one.usual for one in falls]) <= 0.01


def test_the_error_on_other_predictions_is_foreseen():
    """For numbers: larger ones are harder."""
    rng = np.random.default_rng(2)
    scores, others = rng.uniform(1, 10, 20_000), rng.uniform(6, 10, 20_000)
    bins, reference = _reference(scores, scores + rng.normal(0, scores), "regression")
    found = expected_quality(reference.overall, _counts(bins, others), "regression")
    misses = np.abs(rng.normal(0, others))
    assert found.value == pytest.approx(misses.mean(), rel=0.03)
    told = Outcomes(errors=(others.size, float(misses.sum() * 1.5), float((misses**2).sum() * 2.25)))
    judged = judge_outcomes("", told, reference, _counts(bins, others), 0.0, 0.01)
    assert judged.has_fallen
    assert judged.loss == pytest.approx(0.5, abs=0.05)
    assert not judged.is_mirrored


def test_rows_without_an_outcome_do_not_count():
    """Nor do those without a score."""
    scores = np.array([0.1, 0.9, 0.5, np.nan])
    _, reference = _reference(scores, np.array([0.0, 1.0, np.nan, 1.0]))
    assert (reference.outcomes, reference.quality.value) == (2, 1.0)


def test_quality_that_is_looked_at_often_stays_within_its_interval():
    """A hundred windows of which each is judged at ten sizes: hardly one is ever called worse."""
    rng = np.random.default_rng(3)
    scores = rng.beta(2, 3, 20_000)
    bins, reference = _reference(scores, (rng.random(20_000) < scores).astype(float))
    fallen = 0
    for _ in range(100):
        seen = rng.beta(2, 3, 3_000)
        happened = (rng.random(3_000) < seen).astype(float)
        looks = (outcomes(seen[:n], happened[:n])[""] for n in range(300, 3_001, 300))
        judged = [judge_outcomes("", one, reference, _counts(bins, seen), 0.0, 0.05) for one in looks]
        fallen += any(one.has_fallen for one in judged)
    assert fallen <= 5


def test_stretches_that_differ_by_themselves_are_allowed_for():
    """Where every other day is a hard one the natural gap is known, and where none is it is small."""
    rng = np.random.default_rng(4)
    scores = rng.beta(2, 3, 20_000)
    days = np.arange(20_000) * 20 // 20_000
    windows = tuple(np.flatnonzero(days == day) for day in range(20))
    same = (rng.random(20_000) < scores).astype(float)
    hard = np.where(days % 2, rng.random(20_000) < 0.4, same).astype(float)
    _, quiet = _reference(scores, same, windows=windows)
    _, rough = _reference(scores, hard, windows=windows)
    assert natural_gap(quiet, 1, 86_400, 86_400, 0.01) < 0.02
    assert natural_gap(rough, 1, 86_400, 86_400, 0.01) > 0.08
    assert natural_gap(rough, 1, 86_400, 4 * 86_400, 0.01) == pytest.approx(
        natural_gap(rough, 1, 86_400, 86_400, 0.01) / 2
    )
    assert natural_gap(rough, 5, 86_400, 86_400, 0.01) == 0.0  # of four there is nothing to be said


def test_a_kpi_is_compared_with_how_it_varied():
    """A fall by a tenth is one where it never varied, and none where it always did."""
    rng = np.random.default_rng(5)
    steady = tuple(Moments.of(rng.normal(10, 2, 500)) for _ in range(8))
    varying = tuple(Moments.of(rng.normal(mean, 2, 500)) for mean in (8, 12, 9, 11, 7, 13, 10, 10))
    now = Moments.of(rng.normal(9, 2, 2_000))
    judged = {one.name: one for one in judge_worth({"a": Worth(steady, now), "b": Worth(varying, now)}, 0.01)}
    assert judged["a"].has_fallen
    assert not judged["b"].has_fallen
    assert judge_worth({"c": Worth((), now), "d": Worth(steady, Moments())}, 0.01) == ()
    assert judge_worth({}, 0.01) == ()
    assert judge_worth({"e": Worth(steady[:2], now)}, 0.01) == (), "two windows don't tell how much one varies"
