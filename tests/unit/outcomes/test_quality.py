"""Do windows of outcomes add up exactly, and to the figures that the field knows?"""

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from serin.outcomes.quality import BINS, Quality, by_segment

scores = st.floats(0, 1)
binary = st.lists(st.tuples(scores, st.booleans()), min_size=1, max_size=50)
numbers = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=30)


def _joined(parts):
    return sum(parts, Quality())


@given(binary, numbers, st.randoms(use_true_random=False))
def test_the_order_and_the_grouping_do_not_matter(ones, others, order):
    """To the last digit: everything is whole numbers."""
    parts = [Quality.binary(*one) for one in ones] + [Quality.numeric(*one) for one in others]
    whole = _joined(parts)
    order.shuffle(parts)
    cut = order.randint(0, len(parts))
    assert _joined(parts[cut:]) + _joined(parts[:cut]) == whole
    assert Quality() + whole == whole


@given(binary, numbers)
def test_a_record_comes_back_as_it_was(ones, others):
    """Through JSON, with squares beyond 64 bits."""
    whole = _joined([Quality.binary(*one) for one in ones] + [Quality.numeric(*one) for one in others])
    whole += Quality.of(None, "late", {"value": -5, "cost": 10**18}, "classification")
    assert Quality.from_dict(json.loads(json.dumps(whole.to_dict()))) == whole


def test_figures_are_those_of_scikit_learn():
    """Brier and log loss to the millionth; AUC within what fifty bins can tell."""
    rng = np.random.default_rng(1)
    p = rng.beta(2, 5, 4000)
    y = rng.random(4000) < p
    whole = _joined(Quality.binary(float(a), bool(b)) for a, b in zip(p, y, strict=True))
    assert whole.brier == pytest.approx(brier_score_loss(y, p), abs=2e-6)
    assert whole.log_loss == pytest.approx(log_loss(y, p), abs=2e-6)
    assert whole.auc == pytest.approx(roc_auc_score(y, p), abs=0.5 / BINS)
    assert whole.rate == pytest.approx(y.mean())
    assert whole.calibration_error < 0.05
    assert whole.bias == pytest.approx((p - y).mean(), abs=1e-6)


def test_a_score_on_the_edge_of_a_bin_lies_above_it():
    """Also 0.58, which is less than 29 fiftieths for a computer that multiplies it."""
    assert [key for edge in range(BINS) for key in Quality.binary(edge / BINS, True).bins] == list(range(BINS))
    assert list(Quality.binary(1.0, True).bins) == [BINS - 1]


def test_residuals_of_a_regression():
    """RMSE, MAE and bias."""
    rng = np.random.default_rng(2)
    truth, score = rng.normal(10, 3, 500), rng.normal(11, 3, 500)
    whole = _joined(Quality.numeric(float(a), float(b)) for a, b in zip(score, truth, strict=True))
    assert whole.rmse == pytest.approx(np.sqrt(np.mean((score - truth) ** 2)), abs=1e-5)
    assert whole.mae == pytest.approx(np.mean(np.abs(score - truth)), abs=1e-5)
    assert whole.bias == pytest.approx(np.mean(score - truth), abs=1e-5)


def test_nothing_is_made_up_where_nothing_is_known():
    """No figure without data; AUC needs both outcomes; a text is counted by itself."""
    assert Quality().summary() == {"n": 0}
    assert Quality.binary(0.3, True).auc is None
    words = Quality.of(900_000, "late", {"value": 2_500_000}, "classification")
    assert (words.labels, words.summary()) == ({"late": 1}, {"n": 1, "kpi_value": 2.5})
    assert Quality.of(None, 1.0, {}, "classification").labels == {"1": 1}
    assert Quality.of(900_000, 3, {}, "classification").labels == {"3": 1}


def test_segments_are_parts_of_the_whole():
    """Each value of each segment by itself, and all of them together."""
    rows = [(random.Random(n).random(), n % 3 == 0, {"origin": "JFK" if n % 2 else "EWR"}) for n in range(60)]
    found = by_segment((Quality.binary(score, late), segments) for score, late, segments in rows)
    assert found.keys() == {"", "origin=JFK", "origin=EWR"}
    assert found["origin=JFK"] + found["origin=EWR"] == found[""]
    assert found[""].n == 60
