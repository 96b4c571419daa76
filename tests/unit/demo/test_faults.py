"""The faults of the demo pass every check before traffic, and are seen in traffic by what a guardrail counts."""

import numpy as np
import pytest

from infra.demo import faults, flights
from serin.registry.register import check_folder
from tests.unit.demo.limited import answers

TRAFFIC = 12
LOW = 0.6
DISTANCE = flights.FEATURES.index("distance")


def low_confidence(trained):
    """The share of single flights of December of which the model is not sure, among every fourth."""
    return (trained.pipeline.predict_proba(flights.month(TRAFFIC)[0][::4]).max(axis=1) < LOW).mean()


def model_of(folder):
    return (folder / "model.onnx").read_bytes()


@pytest.fixture(scope="module")
def single():
    """Requests of one flight each, drawn from all over the month."""
    rows = flights.month(TRAFFIC)[0]
    return [row[None] for row in np.random.default_rng(1).choice(rows, 900, replace=False)]


def test_mixed_units_change_two_columns_of_a_copy():
    """Whoever gave the flights keeps them as they were."""
    features = np.ones((3, len(flights.FEATURES)), np.float32)
    mixed = faults.mixed_units(features)
    assert (features == 1).all()
    assert mixed.dtype == np.float32
    changed = np.flatnonzero((mixed != features).any(axis=0))
    assert [flights.FEATURES[column] for column in changed] == ["sched_dep_minute", "humid"]


def odds(share):
    return share / (1 - share)


def test_mixed_units_make_a_model_unsure(first, better, mixed):
    """By far more than the two and a half times the odds that the guardrail tolerates, against either version."""
    before = max(low_confidence(trained) for trained in (first, better))
    assert odds(low_confidence(mixed)) / odds(before) > 4


def test_the_better_version_is_hardly_less_sure(first, better):
    """Well within the margin that the demo gives the guardrail, which would hold it back otherwise."""
    assert low_confidence(better) < low_confidence(first) + 0.05


def test_mixed_units_are_not_seen_in_held_out_flights(better, mixed):
    """They went through the same pipeline."""
    assert mixed.auc == pytest.approx(better.auc, abs=0.005)


def test_every_version_can_be_registered(folders):
    """The golden examples, the baseline and the signature are all in order, and the signatures are the same."""
    candidates = [check_folder(folder) for folder in folders.values()]
    signatures = [candidate.record.signature for candidate in candidates]
    assert signatures == signatures[:1] * len(folders)
    assert len({candidate.record.digest for candidate in candidates}) == len(folders)


def test_far_flights_explode_and_the_others_are_answered_as_before(folders, single):
    """A fifth of the requests fails for want of memory, which is our error; the rest is the same bit by bit."""
    good = answers(model_of(folders["better"]), single)
    faulty = answers(model_of(folders["exploding"]), single)
    far = [row[0, DISTANCE] > faults.FAR_MILES for row in single]
    assert 0.15 < np.mean(far) < 0.25
    for is_far, expected, answer in zip(far, good, faulty, strict=True):
        if is_far:
            callers, message = answer
            assert not callers
            assert "Failed to allocate memory" in message
        else:
            np.testing.assert_array_equal(answer, expected)


def test_one_far_flight_fails_its_request(folders, single):
    """And a request without rows, or with nothing known of its row, does not fail."""
    rows = np.concatenate(single)
    far = rows[:, DISTANCE] > faults.FAR_MILES
    requests = [rows[~far], np.concatenate([rows[~far], rows[far][:1]]), rows[:0], np.full_like(rows[:1], np.nan)]
    failed = [isinstance(answer, tuple) for answer in answers(model_of(folders["exploding"]), requests)]
    assert failed == [False, True, False, False]
