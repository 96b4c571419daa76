"""Every request of the demo's live traffic is in exactly one column of the account."""

from dataclasses import replace

import numpy as np
import pytest

from infra.demo.account import account
from infra.demo.live_traffic import Fate

FIRST = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], np.float32)
SECOND = 1 - FIRST
TRUTHS = {2: FIRST, 3: SECOND}


def answer(row, release, truth):
    return Fate(row, 10.0, 10.01, release, int(truth[row].argmax()), truth[row])


def failure(row, status="500"):
    return Fate(row, 10.0, 10.03, status=status, error=f"HTTP {status}")


GOOD = [answer(row, release, truth) for release, truth in TRUTHS.items() for row in range(3)]


def test_answers_are_held_against_the_version_of_the_release_that_gave_them():
    """Two releases answer the same rows differently, and both are right."""
    found = account(GOOD, len(GOOD), TRUTHS)
    assert found.answered == {2: 3, 3: 3}
    assert (found.mismatches, found.hurt, found.errors, found.first_error) == (0, 0, 0, None)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(answer(0, 2, SECOND), id="another version's answer"),
        pytest.param(replace(answer(0, 2, FIRST), label=1), id="label"),
        pytest.param(replace(answer(0, 2, FIRST), probabilities=FIRST[0] + np.float32(1e-4)), id="probability"),
    ],
)
def test_a_wrong_answer_is_a_mismatch(wrong):
    """Also where only the release, the label or the probabilities are wrong."""
    found = account([*GOOD, wrong], len(GOOD) + 1, TRUTHS)
    assert (found.mismatches, found.errors) == (1, 0)


def test_a_failure_is_hurt_only_where_the_fault_explains_it():
    """Another one is an error, and the first of them is told."""
    fates = [*GOOD, failure(1), failure(0), failure(1, "503")]
    found = account(fates, len(fates), TRUTHS, lambda fate: fate.row == 1 and fate.status == "500", logged=1)
    assert (found.hurt, found.errors, found.first_error) == (1, 2, "HTTP 500")


@pytest.mark.parametrize("logged", [0, 3])
def test_what_was_hurt_must_be_what_the_release_logged(logged):
    """An error names no release: the release's own log says whether it was that one's."""
    fates = [*GOOD, failure(1)]
    found = account(fates, len(fates), TRUTHS, lambda fate: fate.status == "500", logged)
    assert found.errors == abs(1 - logged)
    assert f"logged {logged}" in found.first_error


def test_an_answer_of_a_release_that_nobody_deployed_is_an_error():
    """Nothing says what it should have been."""
    found = account([*GOOD, answer(0, 9, FIRST)], len(GOOD) + 1, TRUTHS)
    assert (found.errors, found.answered[9]) == (1, 1)
    assert "release 9" in found.first_error


def test_a_lost_request_is_an_error():
    """It was sent, and came to no end."""
    assert account(GOOD, len(GOOD) + 2, TRUTHS).errors == 2


def test_no_traffic_is_no_error():
    """And has no latency."""
    found = account([], 0, TRUTHS)
    assert (found.errors, found.p99_ms) == (0, 0.0)
