"""Exact sums of outcomes become the plain numbers that a drift run takes."""

import numpy as np
import pytest

from serin.drift.outcome_quality import judge_outcomes
from serin.drift.score_quality import ScoreQuality
from serin.outcomes.happened import happened
from serin.outcomes.outcome import MICRO
from serin.outcomes.quality import Quality, by_segment
from serin.stats.numeric_bins import NumericBins


def _told(rows, seed, task="classification", worth=1.0):
    rng = np.random.default_rng(seed)
    scores = rng.random(rows)
    outcomes = rng.random(rows) < scores if task == "classification" else scores + rng.normal(size=rows)
    places = rng.choice(["north", "south"], rows)
    each = (
        (Quality.of(round(score * MICRO), outcome, {"dollars": round(worth * MICRO)}, task), {"place": place})
        for score, outcome, place in zip(scores.tolist(), outcomes.tolist(), places.tolist(), strict=True)
    )
    return by_segment(each), scores, outcomes.astype(float)


def test_figures_are_those_of_the_exact_sums():
    """For all and by segment: the AUC, and how many there are."""
    qualities, scores, outcomes = _told(600, 1)
    bins = NumericBins.of(scores)
    reference = ScoreQuality.of("score:p", bins, "classification", scores, outcomes, {}, ())
    found = happened(qualities)
    assert found.outcomes.keys() == {"", "place=north", "place=south"}
    for group, one in found.outcomes.items():
        judged = judge_outcomes(group, one, reference, np.zeros(0), 0.0, 0.05)
        assert judged.realised == pytest.approx(qualities[group].auc)
        assert judged.n == qualities[group].scored


def test_errors_and_kpis_are_in_their_own_units():
    """Not in millionths; windows before that lack the KPI are left out."""
    qualities, scores, outcomes = _told(300, 2, "regression", worth=-2.5)
    before, _, _ = _told(50, 3, worth=4.0)
    found = happened(qualities, [before[""], Quality(n=3)])
    n, total, squares = found.outcomes[""].errors
    misses = np.abs(scores - outcomes)
    assert (n, total, squares) == (
        300,
        pytest.approx(misses.sum(), abs=1e-3),
        pytest.approx((misses**2).sum(), abs=1e-2),
    )
    worth = found.worth["dollars"]
    assert (worth.now.mean, worth.now.n) == (-2.5, 300)
    assert [one.mean for one in worth.before] == [4.0]
