"""Do a candidate's alarms wait for what no good release does, and only while it has traffic?"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from serin.rollout.cliffs import AlarmName, cliffs
from serin.rollout.state import Rollout
from tests.unit.rollout.looks import at_first_step, look, started, window


def _with_traffic(control: int, candidate: int) -> Rollout:
    """At 5 %, some minutes seen."""
    seen = [window(minute, candidate=(0, candidate), control=(control // 100, control)) for minute in range(1, 6)]
    return look(at_first_step(), 6, *seen).rollout


def test_no_traffic_no_alarm() -> None:
    """Neither before the first step nor after the end."""
    assert cliffs(started(), "dev") == ()
    assert cliffs(replace(at_first_step(), weight=0), "dev") == ()


def test_each_candidate_has_one_for_crashes_and_one_for_failures() -> None:
    """Lambda's own counts come by the minute, ours every second."""
    found = {str(one.name): one.period_s for one in cliffs(at_first_step(), "dev")}
    assert found == {"serin-dev.churn.2.crashes": 60, "serin-dev.churn.2.failures": 10}


def test_with_little_traffic_five_events_are_enough() -> None:
    """Fewer could be chance at any traffic; while nothing was counted yet it takes fifty."""
    assert {one.threshold for one in cliffs(_with_traffic(9, 1), "dev")} == {5}
    assert {one.threshold for one in cliffs(at_first_step(), "dev")} == {50}


@given(st.integers(1, 100_000))
def test_a_good_release_does_not_reach_its_threshold_in_years(requests: int) -> None:
    """Even with as many bad requests as the limit allows: less than once in a million periods."""
    rollout = _with_traffic(requests * 19, requests)
    limit = next(watch.limit for watch in rollout.watches if watch.guardrail.name == "errors")
    crashes = next(one for one in cliffs(rollout, "dev") if one.period_s == 60)
    assert binom.sf(crashes.threshold - 1, requests, limit) < 1e-6


def test_a_release_that_always_fails_reaches_it_at_once() -> None:
    """All of the candidate's requests of one period are more than enough."""
    for one in cliffs(_with_traffic(9500, 500), "dev"):
        assert one.threshold < 500 * one.period_s / 60


def test_a_breath_more_traffic_changes_no_threshold() -> None:
    """It goes by steps of a quarter, so that the alarm is not put anew every minute."""
    thresholds = {cliffs(_with_traffic(9500 + more, 500), "dev")[0].threshold for more in range(0, 300, 50)}
    assert len(thresholds) <= 2


def test_names_of_other_alarms_are_not_ours() -> None:
    """Nor is a model's name that merely begins alike."""
    assert AlarmName.parse("somebody-elses-alarm") is None
    assert AlarmName.parse("serin-dev.churn.x.crashes") is None
    name = AlarmName.parse("serin-dev.churn-2.7.crashes")
    assert name
    assert (name.model, name.release) == ("churn-2", "7")
    assert not name.concerns(at_first_step())
