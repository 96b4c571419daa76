"""Does the controller bring the world where the record says, whatever happens in between?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from serin.errors import AccessDenied, Throttled
from serin.rollout.evidence import Ask, Command
from serin.rollout.guardrails import ERRORS
from serin.rollout.history import MOVES, before, live_stack
from serin.rollout.kpi import parse_kpi
from serin.rollout.on_alarm import on_alarm
from serin.rollout.phases import Action, Phase
from serin.rollout.reconcile import reconcile
from serin.rollout.release import Alias
from tests.unit.rollout.cloud import ENDPOINT, Cloud, survived

CRASHES = "serin-dev.churn.2.crashes"
FAILURES = "serin-dev.churn.2.failures"
MINUTE = timedelta(minutes=1)


def look(cloud: Cloud, minutes: int = 0) -> None:
    cloud.minutes(minutes)
    reconcile(cloud.controller(), ENDPOINT)


def at_five_percent() -> Cloud:
    cloud = Cloud()
    cloud.minutes(10)
    cloud.deploy()
    look(cloud)
    return cloud


def test_a_good_release_is_promoted_and_leaves_nothing_behind() -> None:
    """Weights by plan; at the end no alarm, no lock, and everything was told."""
    cloud, weights = at_five_percent(), []
    while not cloud.rollout.phase.ended and len(weights) < 99:
        look(cloud, 1)
        weights.append(cloud.rollout.weight)
    assert cloud.rollout.phase is Phase.DONE
    assert list(dict.fromkeys(weights)) == [5, 50, 100]
    assert (cloud.live.version, cloud.live.weights, cloud.lock, cloud.alarms) == ("2", {}, None, {})
    assert [note.event.detail["action"] for note in cloud.told if note.event] == [
        "HOLD", "SET_WEIGHT", "SET_WEIGHT", "PROMOTE", "FINISH",
    ]  # fmt: skip
    assert not cloud.rollout.untold


def test_the_first_look_smokes_raises_alarms_and_then_traffic() -> None:
    """In this order, and told at the end."""
    cloud = at_five_percent()
    assert cloud.live == Alias("1", cloud.live.revision, {"2": 0.05})
    assert set(cloud.alarms) == {CRASHES, FAILURES}
    assert cloud.rollout.confirmed, "seen in the same pass"


def test_a_failed_smoke_test_ends_it_with_live_untouched() -> None:
    """The approver hears of it; customers never saw the candidate, so the communicator does not."""
    cloud = Cloud(answer=5.0)
    cloud.deploy()
    look(cloud)
    assert (cloud.rollout.phase, cloud.live.version, cloud.live.revision) == (Phase.ABORTED, "1", "a0")
    assert "golden example 1: output 'y' has 5 at position 0, expected 4" in cloud.rollout.reason
    assert (cloud.told[-1].roles, cloud.lock) == (("approver",), None)


def test_a_bad_release_goes_back_and_both_owners_hear_why() -> None:
    """In one pass, with the numbers in the reason."""
    cloud = at_five_percent()
    cloud.bad = 100
    look(cloud, 2)
    assert (cloud.rollout.phase, cloud.live.version, cloud.live.weights) == (Phase.ROLLED_BACK, "1", {})
    assert cloud.told[-1].roles == ("approver", "communicator")
    assert "failed requests do harm: " in cloud.told[-1].message
    assert (cloud.lock, cloud.alarms) == (None, {})


def test_a_release_that_earns_less_goes_back_hours_later() -> None:
    """The outcomes of the first step come while a later one bakes; what was told before counts once."""
    cloud = Cloud(guards=(ERRORS, parse_kpi("kpi:dollars:-100..0:5")))
    cloud.minutes(10)
    cloud.deploy("5,50@3h+min=500+deadline=20h")
    look(cloud)
    then = cloud.now + MINUTE
    cloud.come_in(then, control=[0, -10], candidate=[0, -10])
    look(cloud, 1)
    look(cloud, 1)
    assert (cloud.rollout.kpis[0].candidate.n, cloud.rollout.phase) == (2, Phase.CANARY)
    while cloud.rollout.weight < 50:
        look(cloud, 20)
    look(cloud, 120)
    assert cloud.rollout.phase is Phase.CANARY
    cloud.come_in(then, control=[0, 0, 0, -50] * 100, candidate=[0, -50] * 100)
    look(cloud, 1)
    assert (cloud.rollout.phase, cloud.live.version, cloud.live.weights) == (Phase.ROLLED_BACK, "1", {})
    assert cloud.told[-1].roles == ("approver", "communicator")
    assert "KPI dollars does harm: -24.8 over 202 outcomes against -12.46 over 402 outcomes" in cloud.told[-1].message


def test_without_a_kpi_no_outcome_is_read() -> None:
    """And where there is one, not before the candidate has traffic."""
    cloud = at_five_percent()
    cloud.denied = frozenset({"slices"})
    look(cloud, 1)
    watched = Cloud(guards=(ERRORS, parse_kpi("kpi:dollars:-100..0:5")), answer=5.0, denied=cloud.denied)
    watched.deploy()
    look(watched)
    assert watched.rollout.phase is Phase.ABORTED, "by its smoke test"


@pytest.mark.parametrize(("kpi", "advances"), [("kpi:dollars:-100..0:5", True), ("kpi:dollars:-100..0:5!", False)])
def test_outcomes_that_can_not_be_read_hold_who_has_to_wait_for_them(kpi: str, advances: bool) -> None:
    """The others go on, and what is denied is said at the end of each pass."""
    cloud = Cloud(guards=(ERRORS, parse_kpi(kpi)), throttled=frozenset({"slices"}))
    cloud.minutes(10)
    cloud.deploy()
    for _ in range(20):
        look(cloud, 1)
    assert (cloud.rollout.weight > 5) is advances
    assert advances or "the outcomes for kpi:dollars could not be read" in cloud.rollout.reason
    cloud.throttled, cloud.denied = frozenset(), frozenset({"slices"})
    if not cloud.rollout.phase.ended:
        with pytest.raises(AccessDenied, match="slices"):
            look(cloud, 1)


def test_a_release_that_earns_as_much_is_promoted_where_each_step_waits_for_it() -> None:
    """With outcomes a minute after their predictions, at every weight."""
    cloud = Cloud(guards=(ERRORS, parse_kpi("kpi:dollars:-100..0:10!")))
    cloud.minutes(10)
    cloud.deploy()
    look(cloud)
    weights = []
    while not cloud.rollout.phase.ended and len(weights) < 99:
        at = cloud.now
        look(cloud, 1)
        cloud.come_in(at, control=[0] * 380 + [-50] * 20 if cloud.rollout.weight < 100 else [])
        cloud.come_in(at, candidate=[0] * 95 + [-50] * 5)
        weights.append(cloud.rollout.weight)
    assert cloud.rollout.phase is Phase.DONE
    assert list(dict.fromkeys(weights)) == [5, 50, 100]


def test_an_alarm_takes_the_candidate_back_at_once() -> None:
    """The function that hears of it needs no metrics; the same event again, or late, does nothing."""
    cloud = at_five_percent()
    alarm = cloud.goes_red(CRASHES)
    said = on_alarm(cloud.controller(), ENDPOINT, alarm, "e1", "why")
    assert (cloud.live.version, cloud.live.weights, cloud.lock) == ("1", {}, None)
    assert f"alarm {CRASHES} went red" in said
    told, trail = len(cloud.told), len(cloud.trail)
    assert "it is over" in on_alarm(cloud.controller(), ENDPOINT, alarm, "e1", "why")
    cloud.now += MINUTE
    cloud.deploy()
    assert "live was" not in on_alarm(cloud.controller(), ENDPOINT, alarm, "e1", "why")
    assert (len(cloud.told), len(cloud.trail), cloud.rollout.phase) == (told, trail + 1, Phase.SMOKE)


def test_an_alarm_of_the_endpoint_without_a_rollout_is_told_once() -> None:
    """To those who watch and may go back by hand."""
    cloud = Cloud()
    alarm = cloud.goes_red("serin-dev.churn.live.crashes")
    for _ in range(2):
        on_alarm(cloud.controller(), ENDPOINT, alarm, "e1", "Threshold Crossed")
    assert [(note.roles, note.event) for note in cloud.told] == [(("watcher", "approver"), None)]
    assert "serin rollback churn" in cloud.told[0].message


def test_an_alarm_of_another_candidate_is_nobodys_business() -> None:
    """Such as one that was left over, or an endpoint alarm from before the start."""
    cloud = at_five_percent()
    for name, ago in (("serin-dev.churn.9.crashes", 0), ("serin-dev.churn.live.crashes", 60)):
        on_alarm(cloud.controller(), ENDPOINT, cloud.goes_red(name, ago * MINUTE), "e", "")
        look(cloud)
    assert (cloud.rollout.phase, cloud.live.weights) == (Phase.CANARY, {"2": 0.05})


@pytest.mark.parametrize("what", ["windows", "alias", "states", "put", "move_alias", "tell", "save"])
def test_a_throttled_service_is_left_for_the_next_pass(what: str) -> None:
    """Never half done: once it answers again, all is as if it always had."""
    cloud = Cloud(throttled=frozenset({what}))
    cloud.minutes(10)
    cloud.deploy()
    try:
        look(cloud)
    except Throttled:
        assert what in {"put", "move_alias", "tell", "save"}
    cloud.throttled = frozenset()
    look(cloud)
    assert (cloud.rollout.phase, cloud.live.weights, set(cloud.alarms)) == (
        Phase.CANARY, {"2": 0.05}, {CRASHES, FAILURES},
    )  # fmt: skip
    assert {note.event.detail["action"] for note in cloud.told if note.event} == {"HOLD", "SET_WEIGHT"}
    assert not cloud.rollout.untold


@pytest.mark.parametrize("what", ["windows", "alias", "states"])
def test_what_may_not_be_read_is_said_and_the_deadline_kept(what: str) -> None:
    """A role that lacks a permission must not keep a candidate out for ever."""
    cloud = at_five_percent()
    cloud.denied = frozenset({what})
    with pytest.raises(AccessDenied, match=what):
        look(cloud, 1)
    assert cloud.rollout.phase is Phase.CANARY
    with pytest.raises(AccessDenied, match=what):
        look(cloud, 120)
    assert cloud.rollout.phase is Phase.ROLLED_BACK
    assert "undecided at the deadline" in cloud.rollout.reason
    cloud.denied = frozenset()
    look(cloud)
    assert (cloud.live.version, cloud.live.weights, cloud.lock, cloud.alarms) == ("1", {}, None, {})


def test_no_traffic_comes_before_its_alarms() -> None:
    """Where their states can't be read, the step waits for the next pass."""
    cloud = Cloud(throttled=frozenset({"states"}))
    cloud.deploy()
    look(cloud)
    assert (cloud.rollout.weight, cloud.live.weights) == (5, {})
    cloud.throttled = frozenset()
    look(cloud)
    assert (cloud.live.weights, set(cloud.alarms)) == ({"2": 0.05}, {CRASHES, FAILURES})


def test_the_trail_knows_what_was_live_before() -> None:
    """A promotion is a deploy, taking all traffic away again a rollback; a canary that goes back is neither."""
    cloud = at_five_percent()
    while cloud.rollout.phase is not Phase.BAKE:
        look(cloud, 1)
    assert before(live_stack(cloud.audits("churn", MOVES)), "2") == "1"
    cloud.bad = 400
    look(cloud, 3)
    assert cloud.rollout.phase is Phase.ROLLED_BACK
    assert live_stack(cloud.audits("churn", MOVES)) == ("1",)
    cloud.deploy()
    look(cloud)
    look(cloud, 3)
    assert live_stack(cloud.audits("churn", MOVES)) == ("1",)


def _promoted(cloud: Cloud) -> Callable[[], None]:
    def story() -> None:
        while not cloud.rollout.settled or cloud.lock:
            look(cloud, 1)

    return story


def _harmed(cloud: Cloud) -> Callable[[], None]:
    cloud.bad = 100
    return _promoted(cloud)


def _alarmed(cloud: Cloud) -> Callable[[], None]:
    def story() -> None:
        look(cloud, 1)
        if cloud.lock:
            on_alarm(cloud.controller(), ENDPOINT, cloud.alarms.get(CRASHES) or cloud.goes_red(CRASHES), "e1", "")
        look(cloud)

    cloud.goes_red(CRASHES)
    return story


def _aborted(cloud: Cloud) -> Callable[[], None]:
    cloud.asked.append(Command(Ask.ABORT, "ann", cloud.now))
    return _promoted(cloud)


@pytest.mark.parametrize("story", [_promoted, _harmed, _alarmed, _aborted])
def test_killed_between_any_two_effects_it_ends_in_the_same_place(story: Callable[[Cloud], Callable[[], None]]) -> None:
    """Same phase, same alias, no alarm and no lock left, and nothing that was never told."""
    whole = at_five_percent()
    whole.left = 10_000
    story(whole)()
    effects = 10_000 - whole.left
    assert effects > 5
    for death in range(1, effects + 1):
        cloud = at_five_percent()
        go_on = story(cloud)
        cloud.left = death
        survived(cloud, go_on)
        cloud.left = -1
        _promoted(cloud)()
        assert (cloud.rollout.phase, cloud.live.version, cloud.live.weights, cloud.alarms, cloud.lock) == (
            whole.rollout.phase, whole.live.version, whole.live.weights, {}, None,
        ), death  # fmt: skip
        last = whole.told[-1].event.detail
        assert last
        assert any(note.event and note.event.detail["action"] == last["action"] for note in cloud.told), death


def test_a_move_that_lost_its_race_is_decided_again() -> None:
    """Between reading the alias and moving it, the alarm takes it back: the controller does not undo that."""
    cloud = at_five_percent()
    cloud.minutes(6)
    controller = cloud.controller()
    struck = []

    def strike(step: str) -> None:
        struck.append(step)

    original = cloud.move_alias

    def raced(function: str, name: str, to: Alias) -> None:
        if not struck:
            strike("now")
            on_alarm(controller, ENDPOINT, cloud.goes_red(FAILURES), "e1", "")
        original(function, name, to)

    racing = replace(controller, operator=replace(controller.operator, functions=_Racing(cloud, raced)))
    reconcile(racing, ENDPOINT)
    assert (cloud.rollout.phase, cloud.live.version, cloud.live.weights) == (Phase.ROLLED_BACK, "1", {})
    assert [e.action for e in cloud.rollout.history].count(Action.ROLL_BACK) == 1


class _Racing:
    """The functions of a cloud, with one call replaced."""

    def __init__(self, cloud: Cloud, move: Callable[[str, str, Alias], None]) -> None:
        self._cloud, self.move_alias = cloud, move

    def __getattr__(self, name: str) -> object:
        return getattr(self._cloud, name)
