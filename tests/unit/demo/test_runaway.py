"""From the first request of a client that runs away to the first that is refused."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from infra.demo.live_traffic import Fate
from infra.demo.runaway import runaway
from serin.errors import NotFound

START = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


def at(second):
    return datetime.fromtimestamp(START + second, UTC)


def answer(second, status=None):
    return Fate(0, START + second - 0.5, START + second, status=status, error=status and f"HTTP {status}")


FATES = [answer(6, "503"), answer(0.5), answer(3), answer(5.5, "503"), answer(4, "500")]


def test_seconds_count_from_its_first_request_to_its_first_refusal():
    """In whichever order clients report; another error is no refusal."""
    found = runaway(FATES, alarm=at(4), stopped=at(5))
    assert found.to_dict() == {
        "began_at": at(0).isoformat(),
        "seconds_to_alarm": 4.0,
        "seconds_to_stop": 5.0,
        "seconds_to_refusal": 5.5,
        "sent": 5,
        "refused": 2,
    }
    assert (found.early, found.in_order) == (0, True)


def test_a_refusal_before_anything_was_stopped_is_seen():
    """Nothing that is known explains it."""
    assert runaway([*FATES, answer(2, "503")], alarm=at(4), stopped=at(5)).early == 1


@pytest.mark.parametrize("changed", [{"alarm": at(-1)}, {"alarm": at(5.2)}, {"stopped": at(5.6)}])
def test_what_did_not_follow_from_each_other_is_out_of_order(changed):
    """An alarm that was red before, a stop without an alarm, a refusal without a stop."""
    assert not replace(runaway(FATES, alarm=at(4), stopped=at(5)), **changed).in_order


def test_a_client_that_nobody_refused_was_not_stopped():
    """There is nothing to tell."""
    with pytest.raises(NotFound):
        runaway([answer(1)], alarm=at(0), stopped=at(0))
