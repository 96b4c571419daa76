"""Do intervals hold the truth as often as they say, and never claim what a handful of rows can't know?"""

import numpy as np
import pytest

from serin.evidence.answers import Answers, Task
from serin.evidence.estimates import compare, estimate
from serin.evidence.metrics import figures

TRIES, ROWS, DRAWS = 200, 300, 200


def _binary(score, outcome):
    return figures(Answers(Task.BINARY, score), outcome, ("0", "1"), threshold=0.5, quantile=0.5)


def _world(rng, n):
    """Scores that are right, others that are too low and blurred, and what happened."""
    score = rng.beta(2, 3, n)
    return score, np.clip(score**1.3 + rng.normal(0, 0.1, n), 0.02, 0.98), (rng.random(n) < score).astype(float)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """Simulated 200 times at 300 rows: each holds in at least 91 %, and none in so many that it says nothing but the
    calibration error's, which is a bound."""
    rng = np.random.default_rng(1)
    a, b, y = _world(rng, 400_000)
    ones = np.ones(len(y))
    one, two = _binary(a, y), _binary(b, y)
    truth = {name: figure.of(ones) for name, figure in one.items()} | {"calibration_error": 0.0}
    apart = {name: figure.of(ones) - two[name].of(ones) for name, figure in one.items()}
    apart["calibration_error"] = -two["calibration_error"].of(ones)
    held = {name: [0, 0] for name in truth}
    for _ in range(TRIES):
        a, b, y = _world(rng, ROWS)
        own, _, differences = compare(_binary(a, y), _binary(b, y), ROWS, draws=DRAWS)
        for name, count in held.items():
            count[0] += own[name].low <= truth[name] <= own[name].high
            count[1] += differences[name].low <= apart[name] <= differences[name].high
    for name, counts in held.items():
        assert min(counts) >= 0.91 * TRIES, (name, counts)
        assert name == "calibration_error" or max(counts) < TRIES, (name, counts)


def test_a_pair_is_told_apart_where_two_samples_would_not_be():
    """What makes rows hard for both cancels out: the interval of the difference is narrower than either's own."""
    score, worse, outcome = _world(np.random.default_rng(2), 2_000)
    own, other, differences = compare(_binary(score, outcome), _binary(worse, outcome), 2_000)
    for name in ("auc", "log_loss", "brier"):
        own_width, width = own[name].high - own[name].low, differences[name].high - differences[name].low
        assert width < own_width
        assert differences[name].value == pytest.approx(own[name].value - other[name].value)


def test_the_same_rows_give_the_same_intervals():
    """Draws are seeded: an evaluation can be repeated."""
    score, _, outcome = _world(np.random.default_rng(3), 100)
    assert estimate(_binary(score, outcome), 100) == estimate(_binary(score, outcome), 100)


def test_perfect_on_few_rows_is_not_surely_perfect():
    """No draw differs, so that only what would show among so many rows is excluded: 1 - 0.025^(1/n)."""
    outcome = np.repeat([0.0, 1.0], 40)
    found = estimate(_binary(outcome, outcome), 80)
    assert (found["auc"].value, found["auc"].high) == (1.0, 1.0)
    assert found["auc"].low == pytest.approx(0.025 ** (1 / 40))
    assert found["accuracy"].low == pytest.approx(0.025 ** (1 / 80))


def test_the_same_answers_are_not_surely_the_same_model():
    """Of 80 rows none tells them apart: one in thirty that weren't drawn may."""
    score, _, outcome = _world(np.random.default_rng(4), 80)
    _, _, differences = compare(_binary(score, outcome), _binary(score, outcome), 80)
    assert (differences["accuracy"].value, differences["log_loss"].low) == (0, 0)
    assert differences["accuracy"].high == pytest.approx(1 - 0.025 ** (1 / 80))


def test_a_handful_of_a_class_says_nothing_of_the_ranking():
    """Nine positives, however well they rank, leave all possible."""
    outcome = np.repeat([0.0, 1.0], [500, 9])
    score = np.linspace(0, 1, 509)
    found, _, differences = compare(_binary(score, outcome), _binary(1 - score, outcome), 509)
    assert (found["auc"].value, found["auc"].low, found["auc"].high) == (1.0, 0.0, 1.0)
    assert (differences["auc"].low, differences["auc"].high) == (-1.0, 1.0)


def test_a_hundred_thousand_rows_take_seconds():
    """1,000 draws of two versions: it was 6 s on two shared cores, here with 20 of them in proportion."""
    import time

    score, worse, outcome = _world(np.random.default_rng(5), 100_000)
    began = time.perf_counter()
    compare(_binary(score, outcome), _binary(worse, outcome), 100_000, draws=20)
    assert time.perf_counter() - began < 3
