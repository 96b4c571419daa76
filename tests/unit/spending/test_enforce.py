"""Is it so in the end, whoever dies, comes twice, comes late, or does something else meanwhile?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import Conflict, Unavailable
from serin.spending.grade import Grade
from serin.spending.state import Reserved
from tests.unit.spending.world import ENDPOINT, MINUTE, T0, Died, World, runaway, spent, tried


@pytest.mark.parametrize("there", [None, 1, 40])
def test_a_stop_and_a_resume_restore_exactly_what_was_there(there):
    """Also none at all; each is on the audit trail once, with who did it, and was told."""
    world = World(there=there)
    world.hear(spent(100))
    assert (world.there, world.spending.saved) == (0, Reserved(there))
    world.hear(spent(100))
    world.now += MINUTE
    world.resumed()
    world.hear()
    assert (world.there, world.spending.grade) == (there, Grade.NORMAL)
    assert [(one.action, one.actor) for one in world.trail] == [("spend-stop", "serin"), ("spend-resume", "ann")]
    assert [notice.subject for notice in world.told] == [
        "churn (dev): STOPPED by its spend guard", "churn (dev): resumed",
    ]  # fmt: skip


def test_a_critical_endpoint_over_its_budget_is_paged_for_once_more_when_a_client_runs_away():
    """Once: that it still runs away is no news."""
    world = World(endpoint=replace(ENDPOINT, critical=True))
    for signal in (spent(104), spent(105), runaway(1), runaway(2), spent(106)):
        world.hear(signal)
    assert world.actions == ["page", "page"]
    assert "too many requests a minute" in world.told[1].message


def test_a_function_that_a_person_had_stopped_stays_stopped():
    """0 was there before: it is what is restored."""
    world = World(there=0)
    world.hear(spent(100))
    world.resumed()
    world.hear()
    assert (world.there, world.spending.grade) == (0, Grade.NORMAL)


def test_each_grade_is_told_to_those_whom_it_concerns():
    """Watcher and approver at 80 %, the approver at 90, approver and communicator when it stops."""
    world = World()
    for percent in (80, 90, 100):
        world.hear(spent(percent))
    assert [notice.roles for notice in world.told] == [
        ("watcher", "approver"), ("approver",), ("approver", "communicator"),
    ]  # fmt: skip
    assert world.actions == ["notify", "frugal", "stop"]


def test_a_look_that_nothing_woke_finds_the_grades_before_the_last():
    """Only the last one has an alarm: 80 and 90 % are known from what the ledger says, by the schedule's look."""
    world = World()
    for percent in (79, 80, 90):
        world.ledger = [spent(percent)]
        world.hear()
    assert (world.actions, world.spending.grade) == (["notify", "frugal"], Grade.FRUGAL)


def test_a_critical_endpoint_is_paged_for_and_goes_on():
    """Its concurrency is not touched; nor is it asked for."""
    world = World(there=3, endpoint=replace(ENDPOINT, critical=True), fails={"reserved", "reserve"})
    world.hear(runaway())
    assert (world.spending.grade, world.actions) == (Grade.FRUGAL, ["page"])
    assert world.told[0].roles == ("approver", "communicator")


def test_the_ledger_is_read_where_it_matters():
    """What stopped it was told as 100 %; what is used is 140, and the headroom is on top of that."""
    world = World(ledger=[spent(140)])
    world.hear(spent(100))
    world.now += MINUTE
    world.resumed(headroom=25)
    world.ledger = [spent(150, 2)]
    assert world.hear().grade is Grade.NORMAL
    world.ledger = [spent(166, 3)]
    assert world.hear().grade is Grade.STOPPED


def test_a_ledger_that_does_not_answer_stops_nobody_from_being_stopped():
    """And the failure is raised in the end."""
    world = World(fails={"used"})
    with pytest.raises(Unavailable):
        world.hear(runaway())
    assert (world.there, world.spending.grade) == (0, Grade.STOPPED)


def test_an_endpoint_that_is_well_costs_nothing():
    """No record is written, no function looked at, nobody told."""
    world = World(fails={"reserved", "reserve", "tell"}, ledger=[spent(79)])
    world.hear()
    assert (world.effects, world.record) == (0, None)


def test_a_deployment_does_not_set_a_stopped_endpoint_going():
    """Its new reserved concurrency is what a resume restores."""
    world = World(there=5)
    world.hear(spent(100))
    world.there = 9
    world.hear()
    assert (world.there, world.spending.saved) == (0, Reserved(9))


def test_a_person_may_stop_a_resumed_endpoint_by_hand():
    """Later than a look of the guard's may live: then a 0 is theirs."""
    world = World(there=5)
    world.hear(spent(100))
    world.resumed()
    world.hear()
    world.now += 11 * MINUTE
    world.hear()
    assert world.spending.saved is None
    world.there = 0
    world.hear()
    assert world.there == 0


@pytest.mark.parametrize("there", [None, 8])
def test_a_new_month_restores_by_itself(there):
    """At the first look, without anybody's doing."""
    world = World(there=there)
    world.hear(spent(100))
    world.now = datetime.fromisoformat("2026-02-01T00:03:00Z")
    world.ledger = [spent(100)]  # of January
    world.hear()
    assert (world.there, world.spending.grade, world.actions) == (there, Grade.NORMAL, ["stop", "reset"])
    world.ledger = [replace(spent(82), at=world.now)]
    world.hear(spent(80))  # what wakes it may be old
    assert world.actions[-1] == "notify"


@pytest.mark.parametrize("there", [None, 6])
@pytest.mark.parametrize("last", range(1, 12))
def test_who_dies_after_any_effect_is_finished_by_the_next_look(there, last):
    """Stopped, resumed: the audit trail has each once, and everybody was told at least once."""

    def die(number):
        if number == last:
            raise Died

    world = World(there=there, at_effect=die)
    for _ in range(2):
        tried(lambda: world.hear(spent(100)))
    assert (world.there, world.spending.grade, world.spending.pending) == (0, Grade.STOPPED, False)
    world.now += MINUTE
    tried(world.resumed)
    for _ in range(2):
        tried(world.hear)
    assert (world.there, world.spending.grade, world.spending.pending) == (there, Grade.NORMAL, False)
    assert world.actions == ["stop", "resume"]
    assert {notice.event.detail["action"] for notice in world.told} == {"spend-stop", "spend-resume"}


EFFECTS = st.integers(1, 8)


@given(EFFECTS, EFFECTS, EFFECTS, st.sampled_from([None, 7]), st.permutations(["resume", "stop"]))
def test_what_overtakes_a_look_is_what_counts_in_the_end(first, second, last, there, what):
    """After any two effects of one look somebody resumes it, or another look stops it again; and the look may die after
    any of its effects. The schedule's look a few minutes later finds what it left, and sets it right."""
    world, own, inside = World(there=there), [0], [False]

    def overtaken(_):
        if inside[0]:
            return
        own[0] += 1
        if own[0] in {first, second} and what:
            inside[0] = True
            world.now += MINUTE
            if what.pop() == "resume":
                world.resumed()
                world.hear()
                world.hear()
            else:
                world.hear(replace(runaway(), at=world.now))
            inside[0] = False
        if own[0] == last:
            raise Died

    world.at_effect = overtaken
    tried(lambda: world.hear(spent(100)))
    world.at_effect = lambda _: None
    world.now += timedelta(minutes=5)
    world.hear()
    stopped = world.spending.grade is Grade.STOPPED
    assert stopped == (world.actions[-1] == "stop")
    assert world.there == (0 if stopped else there)
    world.now += MINUTE
    world.resumed()
    world.hear()
    assert (world.there, world.spending.grade) == (there, Grade.NORMAL)


@given(st.data())
def test_shutdown_and_resume_twice_and_in_any_order_end_in_the_right_state(data):
    """The alarm went red before the person resumed: however both are delivered, the endpoint serves in the end, with
    what was there; and a client that runs away later stops it, whatever is told once more."""
    there = data.draw(st.sampled_from([None, 4]))
    signal = data.draw(st.sampled_from([spent(100), runaway()]))
    world = World(there=there, now=T0 + MINUTE)
    for word in data.draw(st.permutations(["shutdown", "shutdown", "resume", "resume"])):
        if word == "resume":
            world.resumed()
        world.hear(*([signal] if word == "shutdown" else []))
    assert (world.there, world.spending.grade) == (there, Grade.NORMAL)
    world.now += 2 * MINUTE
    for late in data.draw(st.permutations([signal, runaway(2), signal])):
        world.hear(late)
    assert (world.there, world.spending.grade, world.spending.saved) == (0, Grade.STOPPED, Reserved(there))


def test_others_that_never_let_go_are_a_conflict():
    """After some attempts; the next look tries again."""
    world = World()

    def changed(_):
        world.record = replace(world.record, revision=world.record.revision + 1)

    world.hear(spent(80))
    world.at_effect = changed
    with pytest.raises(Conflict, match="kept changing"):
        world.hear(spent(100))
