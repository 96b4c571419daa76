"""Does each rule of a rollout hold, and does each decision say why?"""

import json
from dataclasses import replace

import pytest

from serin.errors import Conflict, InvalidSettings
from serin.rollout.decide import decide
from serin.rollout.evidence import Alarm, Ask, Command, Evidence, Smoke
from serin.rollout.guardrails import ERRORS
from serin.rollout.phases import Action, Phase
from serin.rollout.plan_text import parse_plan
from serin.rollout.release import Alias
from serin.rollout.state import Rollout
from tests.unit.rollout.looks import MINUTE, T0, at_first_step, healthy, look, started, window


def test_a_healthy_release_goes_all_the_way() -> None:
    """Each weight of the plan, in order, on evidence; then DONE."""
    rollout, weights, minute = started(), [], 0
    while not rollout.phase.ended and minute < 119:
        minute += 1
        rollout = look(rollout, minute, *healthy(0, minute)).rollout
        weights.append(rollout.weight)
    assert rollout.phase is Phase.DONE
    assert sorted(set(weights)) == [5, 50, 100]
    assert weights == sorted(weights)
    assert all(entry.reason for entry in rollout.history)


def test_harm_goes_back_in_one_step_even_when_paused() -> None:
    """Waiting for a human never suspends rollback."""
    paused = look(at_first_step(), 2, commands=(Command(Ask.PAUSE, "ann", T0 + MINUTE),)).rollout
    assert paused.paused
    back = look(paused, 4, window(2, candidate=(100, 400)))
    assert (back.action, back.rollout.weight, back.rollout.phase) == (Action.ROLL_BACK, 0, Phase.ROLLED_BACK)
    assert "failed requests do harm: 100 of 400" in back.reason


def test_no_traffic_never_advances_and_goes_back_at_the_deadline() -> None:
    """No traffic is UNDECIDED."""
    rollout = at_first_step()
    held = look(rollout, 60)
    assert (held.action, held.reason) == (Action.HOLD, "held: no canary requests so far")
    back = look(held.rollout, 120)
    assert back.action is Action.ROLL_BACK
    assert "undecided at the deadline" in back.reason


def test_a_step_waits_for_time_requests_and_fresh_metrics() -> None:
    """And says what it waits for."""
    rollout = at_first_step()
    assert look(rollout, 3, *healthy(1, 3)).reason == "held: 2 min of 3 min at 5 % so far"
    few = look(rollout, 5, window(3, candidate=(0, 212)))
    assert few.reason == "held: 212 of 500 canary requests so far"
    old = look(rollout, 15, *healthy(1, 5))
    assert old.reason == "held: the newest canary metrics are 10 minutes old"
    unread = decide(rollout, Evidence(None, live=rollout.wanted), T0 + 9 * MINUTE)
    assert unread.reason == "held: the metrics could not be read"
    blind = decide(rollout, Evidence(healthy(1, 9)), T0 + 9 * MINUTE)
    assert blind.reason == "held: live could not be read"


def test_a_guardrail_that_was_not_measured_never_passes() -> None:
    """Whatever the others say."""
    partial = [replace(one, arms={"errors": one.arms["errors"]}) for one in healthy(1, 9)]
    assert look(at_first_step(), 9, *partial).reason == "held: nothing counted for invalid_output so far"


def test_an_alarm_from_before_neither_blocks_nor_rolls_back() -> None:
    """One that went red since does."""
    before, since = Alarm("5xx", True, T0 - MINUTE), Alarm("5xx", True, T0 + MINUTE)
    assert look(started(), 1, alarms=(before,)).action is Action.SET_WEIGHT
    assert look(at_first_step(), 2, alarms=(before,)).action is Action.HOLD
    back = look(at_first_step(), 2, alarms=(since,))
    assert (back.action, "alarm 5xx went red" in back.reason) == (Action.ROLL_BACK, True)


def test_a_clock_that_is_ahead_blinds_no_alarm() -> None:
    """The rollout was begun by a machine that is ten minutes early."""
    early = replace(started(), started=T0 + 10 * MINUTE, since=T0 + 10 * MINUTE, armed=T0 + 10 * MINUTE)
    up = look(early, 1)
    assert up.action is Action.SET_WEIGHT
    back = look(up.rollout, 2, alarms=(Alarm("5xx", True, T0 + 1.5 * MINUTE),))
    assert back.action is Action.ROLL_BACK


def test_duplicates_and_shuffled_windows_change_nothing() -> None:
    """Each request counts once."""
    held = look(at_first_step(), 3, *healthy(1, 3)).rollout
    assert look(held, 3, *reversed(healthy(1, 3)), *healthy(1, 3)).rollout == held
    assert look(at_first_step(), 3, *reversed(healthy(1, 3))).rollout == held


def test_a_window_that_grows_counts_what_came_on_top() -> None:
    """And one that shrinks is an old reading."""
    rollout = look(at_first_step(), 3, window(1, candidate=(0, 10))).rollout
    rollout = look(rollout, 3, window(1, candidate=(1, 30))).rollout
    rollout = look(rollout, 3, window(1, candidate=(0, 10))).rollout
    assert (rollout.watches[0].step.bad, rollout.watches[0].step.total) == (1, 30)


def test_a_window_over_a_change_of_weights_is_left_out() -> None:
    """It has no one share of traffic."""
    rollout = replace(at_first_step(), since=T0 + 1.5 * MINUTE)
    assert look(rollout, 3, window(1, candidate=(50, 400))).rollout.watches[0].candidate.total == 0


def test_a_failed_smoke_test_ends_it_before_any_traffic() -> None:
    """A smoke test of another release says nothing."""
    assert look(started(), 1, smoke=Smoke(3, True)).action is Action.HOLD
    failed = look(started(), 1, smoke=Smoke(2, False, "example 1"))
    assert (failed.action, failed.rollout.phase) == (Action.ABORT, Phase.ABORTED)
    assert "example 1" in failed.reason


def test_a_shadow_phase_moves_no_weight() -> None:
    """And its counts do not count for the canary."""
    shadow = look(started("50@3m+min=500+shadow=10%"), 1)
    assert (shadow.action, shadow.rollout.phase, shadow.rollout.weight) == (Action.MIRROR, Phase.SHADOW, 0)
    up = look(shadow.rollout, 8, *healthy(1, 8))
    assert (up.action, up.rollout.weight, up.rollout.requests) == (Action.SET_WEIGHT, 50, 0)
    assert up.rollout.watches[0].candidate.total == 0


def test_promoting_skips_to_the_next_step_once() -> None:
    """The same command again is for a step that is over."""
    command = Command(Ask.PROMOTE, "ann", T0 + 2 * MINUTE, step=0)
    up = look(at_first_step(), 2, commands=(command,))
    assert (up.rollout.weight, up.rollout.history[-1].by) == (50, "ann")
    assert look(up.rollout, 3, commands=(command,)).rollout.weight == 50


def test_a_person_can_abort_and_an_old_pause_does_not_come_back() -> None:
    """Live goes back; the latest word counts."""
    pause, resume = (Command(ask, "ann", T0 + n * MINUTE) for n, ask in ((1, Ask.PAUSE), (2, Ask.RESUME)))
    rollout = look(at_first_step(), 3, commands=(resume, pause)).rollout
    assert not look(rollout, 4, commands=(pause,)).rollout.paused
    ended = look(rollout, 4, commands=(Command(Ask.ABORT, "ann", T0 + 4 * MINUTE),))
    assert (ended.action, ended.rollout.phase, ended.rollout.weight) == (Action.ABORT, Phase.ABORTED, 0)


def test_a_lost_move_is_made_again_and_one_taken_back_is_not() -> None:
    """Also when the process died between saving and moving, forward or back."""
    unmoved = look(started(), 1).rollout
    assert look(unmoved, 2, live=Alias("1")).action is Action.SET_WEIGHT
    taken = look(at_first_step(), 2, live=Alias("1"))
    assert (taken.action, "taken back outside" in taken.reason) == (Action.ROLL_BACK, True)
    back = look(at_first_step(), 4, window(2, candidate=(100, 400))).rollout
    again = look(back, 5, live=Alias("1", weights={"2": 0.05}))
    assert (again.action, again.rollout.settled) == (Action.ROLL_BACK, False)
    assert look(again.rollout, 6).rollout.settled


def test_live_that_somebody_else_moved_stays() -> None:
    """The rollout ends without touching it."""
    left = look(at_first_step(), 2, live=Alias("9"))
    assert (left.action, left.rollout.phase) == (Action.LEAVE, Phase.ABORTED)


def test_baking_is_guarded_and_goes_back_too() -> None:
    """At 100 % there is no control any more."""
    baking = look(look(started("all-at-once@3m+min=500"), 1).rollout, 1).rollout
    assert baking.phase is Phase.BAKE
    bad = look(baking, 4, window(2, candidate=(400, 4000), control=(0, 0)))
    assert (bad.action, "the limit is 5 %" in bad.reason) == (Action.ROLL_BACK, True)


def test_the_record_holds_all_of_it() -> None:
    """Through JSON without floats."""
    rollout = look(at_first_step(), 4, *healthy(1, 4)).rollout
    text = json.dumps(rollout.to_dict())
    assert Rollout.from_dict(json.loads(text)) == rollout


def test_impossible_rollouts_are_refused() -> None:
    """The release that is live, and one without guardrails."""
    plan = parse_plan("canary")
    with pytest.raises(Conflict):
        Rollout.start("01", "churn", 2, 2, plan, (ERRORS,), "me", T0)
    with pytest.raises(InvalidSettings):
        Rollout.start("01", "churn", 2, 1, plan, (), "me", T0)
