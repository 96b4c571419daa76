"""From fault to detection to restored service: what the demo says of a release that was taken back."""

from datetime import UTC, datetime

import pytest

from infra.demo.live_traffic import Fate
from infra.demo.timeline import timeline
from serin.errors import NotFound

START = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
ALARM = "rolled back from 20 % to release 2: alarm serin-dev.flights.3.failures went red"
TEST = "failed requests do harm: 6 of 53 (11.32 %)"


def at(second):
    return datetime.fromtimestamp(START + second, UTC).isoformat()


def line(second, action, weight, reason="because"):
    return {"at": at(second), "action": action, "weight": weight, "reason": reason}


def answer(second, release):
    return Fate(0, START + second - 0.5, START + second, release)


def failure(second):
    return Fate(0, START + second - 0.5, START + second, status="500", error="no memory")


HISTORY = [line(0, "HOLD", 0), line(1, "SET_WEIGHT", 20), line(6, "ROLL_BACK", 0, ALARM)]
FATES = [answer(1, 2), answer(2, 2), answer(3, 3), answer(5, 2), answer(6.5, 3), answer(8, 2)]


def test_times_count_from_the_first_request_to_the_last_answer():
    """The first was sent before it was answered, the last is answered after the decision."""
    found = timeline(3, HISTORY, FATES, [])
    assert (found.to_detect, found.to_restore) == (3.5, 4.0)
    assert (found.weight, found.sent) == (20, 3)


def test_a_failure_of_the_release_is_its_traffic_too():
    """It may be the first or the last of it."""
    hurt = [failure(2.5), failure(7)]
    found = timeline(3, HISTORY, FATES + hurt, hurt)
    assert (found.to_detect, found.to_restore) == (4.0, 5.0)


@pytest.mark.parametrize(
    ("reason", "who"),
    [
        (ALARM, "an alarm"),
        (TEST, "a test"),
        (f"{ALARM}; {TEST}", "an alarm and a test"),
        ("live was taken back outside of this rollout, by an alarm or by a person", "an alarm or a person"),
        ("undecided at the deadline (no canary requests so far)", "the deadline"),
        ("another reason", "nobody known"),
    ],
)
def test_who_found_it_is_what_the_reason_names(reason, who):
    """Nothing that the demo knows of its own faults."""
    assert timeline(3, [*HISTORY[:2], line(6, "ROLL_BACK", 0, reason)], FATES, []).found_by == who


def test_a_release_without_traffic_or_without_a_way_back_has_no_timeline():
    """There is nothing to tell."""
    for history, release in ((HISTORY, 4), (HISTORY[:2], 3)):
        with pytest.raises(NotFound):
            timeline(release, history, FATES, [])


def test_the_document_for_json():
    """Times in ISO, seconds as numbers."""
    document = timeline(3, HISTORY, FATES, []).to_dict()
    assert document["detected_at"] == at(6)
    assert document["seconds_to_restore"] == 4.0
    assert document["found_by"] == "an alarm"
