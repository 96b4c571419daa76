"""Each window is diagnosed once it is over, again when late data says more, and told once, whoever dies in between."""

from datetime import timedelta

import numpy as np
import pytest

from serin.errors import Unavailable
from tests.unit.watch.world import START, World


@pytest.fixture
def world():
    return World()


def shifted(values):
    return values + 3


def test_a_window_that_is_over_is_diagnosed_once(world):
    """With its report; a window that is not over waits, one in which nothing was seen is none."""
    world.see(2000)
    world.see(2000, day=1, hour=0)
    (record,) = world.run()
    assert (str(record.span), record.rows, record.number, record.alarm) == ("2026-03-02T00+24h", 2000, 1, False)
    assert list(world.pages) == ["reports/m/1/2026-03-02T00+24h-1"]
    assert world.record().told
    assert world.run() == []
    world.now += timedelta(days=1)
    assert [str(one.span) for one in world.run()] == ["2026-03-03T00+24h"]


def test_a_window_waits_for_what_sandboxes_still_write(world):
    """Five minutes past its end."""
    world.see(2000)
    world.now = START + timedelta(days=1, minutes=4)
    assert world.run() == []


def test_owners_hear_of_trouble_and_programs_of_all(world):
    """Trouble that goes on is told to people once; with another kind of it they hear again."""
    world.see(2000)
    world.see(2000, day=1, b=lambda values: np.full_like(values, np.nan))
    world.see(2000, day=2, b=lambda values: np.full_like(values, np.nan))
    world.see(2000, day=3, c=lambda values: np.full_like(values, np.nan))
    world.now += timedelta(days=3)
    kinds = [record.kind for record in world.run()]
    assert kinds[1:] == ["broken input"] * 3
    assert kinds[0] in ("stable", "insufficient data")
    assert [note.roles for note in world.told] == [(), ("watcher",), (), ("watcher",)]
    assert [note.event.kind for note in world.told] == ["DriftDiagnosed"] * 4
    assert [note.event.detail["goes_on"] for note in world.told] == [False, False, True, False]
    assert "100.0% of b is missing" in world.told[1].message
    assert "serin drift m --version 1 --window 2026-03-03T00+24h --open" in world.told[1].message


def test_late_data_diagnoses_a_window_anew_and_says_what_changed(world):
    """Owners hear of it when the verdict is another one."""
    world.see(2000)
    world.run()
    world.see(2000, hour=20, b=lambda values: np.full_like(values, np.nan))
    (record,) = world.run()
    assert (record.number, record.rows, record.kind) == (2, 4000, "broken input")
    assert record.changed.endswith("and is broken input; 4,000 rows, 2,000 before")
    assert world.told[-1].roles == ("watcher",)
    assert list(world.pages) == [f"reports/m/1/2026-03-02T00+24h-{number}" for number in (1, 2)]
    for _ in range(3):
        world.outcome(0.7, True)
    (record,) = world.run()
    assert (record.number, record.changed) == (3, "it is still broken input; 3 outcomes, 0 before")
    assert world.told[-1].roles == ()


def test_objects_that_were_only_put_together_are_no_news(world):
    """Their names change and what is in them does not: nothing is told, and nothing looked at the next time."""
    world.see(1000)
    world.see(1000)
    world.run()
    first, second = sorted(world.objects)
    from serin.drift.window import WindowSketch
    from tests.unit.watch.world import baseline

    one, two = (WindowSketch.from_bytes(world.objects.pop(name), baseline()) for name in (first, second))
    world.objects[f"{first.rpartition('/')[0]}.z"] = (one + two).to_bytes()
    told = len(world.told)
    assert world.run() == []
    assert (len(world.told), world.record().number) == (told, 1)
    assert world.subject().stamp(world.record().span) == world.record().stamp


@pytest.mark.parametrize("step", ["put", "save", "tell"])
def test_a_run_that_dies_is_carried_on_by_the_next(world, step):
    """The end is that of a run that did not die; what is told twice has the same id."""
    world.see(2000, a=shifted)
    world.fails = step
    with pytest.raises(Unavailable):
        world.run()
    world.run()
    whole = World()
    whole.see(2000, a=shifted)
    whole.run()
    assert world.record().told
    assert (world.record().number, world.record().kind) == (1, whole.record().kind)
    assert {note.id for note in world.told} == {note.id for note in whole.told}
    assert set(world.pages) == set(whole.pages)


def test_a_window_that_can_not_be_told_keeps_no_other_waiting(world):
    """The failure is raised in the end, so that Lambda counts it, and the next run tells what was left."""
    world.see(2000, a=shifted)
    world.see(2000, day=1)
    world.now += timedelta(days=1)
    world.fails = "tell"
    with pytest.raises(Unavailable):
        world.run()
    assert [world.record(day).told for day in (0, 1)] == [False, True]
    assert world.run() == []
    assert world.record().told


def test_spoiled_objects_are_counted_in_the_record_and_change_no_verdict(world):
    """A window of which nothing could be read is no stable one."""
    world.see(2000)
    world.objects["windows/m/1/2026/03/02/09/0000.z"] = b"spoiled"
    world.objects["windows/m/1/2026/03/03/09/0000.z"] = b"spoiled"
    world.now += timedelta(days=1)
    first, second = world.run()
    assert (first.rows, first.skipped) == (2000, 1)
    assert (second.rows, second.skipped, second.kind) == (0, 1, "insufficient data")


def test_history_lists_the_windows_in_which_something_was_seen(world):
    """Of any length, up to a moment."""
    for day in (0, 1, 8):
        world.see(10, day=day)
    subject = world.subject()
    until = START + timedelta(days=30)
    assert [one.start.day for one in subject.spans(START, until, 24)] == [2, 3, 10]
    assert [one.start.day for one in subject.spans(START, START + timedelta(days=9), 24)] == [2, 3, 10]
    assert [one.start.day for one in subject.spans(START, START + timedelta(days=8), 24)] == [2, 3]
    assert [one.start.day for one in subject.spans(START, until, 168)] == [2, 9]
    assert [one.start.hour for one in subject.spans(START, START + timedelta(days=1), 6)] == [6]
