"""From the queue to the shelf once, and from the shelf to the communicator once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from jsonschema import Draft7Validator

from serin.errors import Conflict
from serin.review.collect import collect
from serin.review.escalate import escalate, notice
from serin.review.figures import emf
from tests.handlers.deployed import event
from tests.unit.review.shelves import ENDPOINT, T0, Ears, MemoryShelf, Waiting, case, message

LATE = T0 + timedelta(hours=25)


def always():
    return True


def test_the_queue_is_emptied_onto_the_shelf():
    """Each once, though one was delivered twice."""
    queue, shelf = Waiting(*(message(number) for number in range(25)), message(3)), MemoryShelf()
    done = collect(queue, shelf, "churn", always)
    assert (done.added, done.repeated, done.refused, queue.messages) == (25, 1, (), [])
    assert len(shelf.open("churn")) == 25


def test_who_dies_before_deleting_gets_them_again_and_adds_nothing():
    """Also what was decided and closed meanwhile is not opened again."""
    queue, shelf = Waiting(message(1), message(2)), MemoryShelf()
    queue.dies = True
    with pytest.raises(InterruptedError):
        collect(queue, shelf, "churn", always)
    shelf.close(shelf.open("churn")[0])
    queue.dies = False
    queue.again()
    done = collect(queue, shelf, "churn", always)
    assert (done.added, done.repeated, queue.messages) == (0, 2, [])
    assert len(shelf.open("churn")) == 1


def test_what_can_not_be_read_stays_for_the_dead_letters():
    """And keeps none of the others waiting."""
    queue, shelf = Waiting("nonsense", message(1), message(2, model="flights")), MemoryShelf()
    done = collect(queue, shelf, "churn", always)
    assert (done.added, [one.id for one, _ in done.refused]) == (1, ["0", "2"])
    assert [one.id for one in queue.messages] == ["0", "2"]


def test_it_ends_with_its_time():
    """What is left is there in a minute."""
    queue, shelf, times = Waiting(*map(message, range(25))), MemoryShelf(), iter([True, False])
    assert collect(queue, shelf, "churn", lambda: next(times)).added == 10
    assert len(queue.messages) == 15


def test_what_became_late_together_is_told_in_one_message_once():
    """To the communicator; what becomes late afterwards is told by itself."""
    shelf, ears = MemoryShelf(), Ears()
    collect(Waiting(message(1), message(2), message(3, hours=30)), shelf, "churn", always)
    assert escalate(shelf, ears, ENDPOINT, shelf.open("churn"), T0) == 0
    assert escalate(shelf, ears, ENDPOINT, shelf.open("churn"), LATE) == 2
    assert escalate(shelf, ears, ENDPOINT, shelf.open("churn"), LATE) == 0
    (told,) = ears.heard
    assert (told.roles, told.subject) == (("communicator",), "churn (dev): 2 reviews are overdue")
    assert "due at 2026-01-06T08:00:00.000Z" in told.message
    assert escalate(shelf, ears, ENDPOINT, shelf.open("churn"), T0 + timedelta(hours=31)) == 1


def test_who_dies_while_telling_tells_it_again_under_the_same_id():
    """Not told at all would be worse."""
    shelf, ears = MemoryShelf(), Ears()
    collect(Waiting(message(1), message(2)), shelf, "churn", always)

    class Dying(MemoryShelf):
        def save(self, case):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        escalate(Dying(), ears, ENDPOINT, shelf.open("churn"), LATE)
    escalate(shelf, ears, ENDPOINT, shelf.open("churn"), LATE)
    first, second = ears.heard
    assert first.id == second.id


def test_one_that_changes_meanwhile_keeps_no_other_from_being_marked():
    """Somebody takes it between the look and the mark."""
    shelf, ears = MemoryShelf(), Ears()
    collect(Waiting(message(1), message(2)), shelf, "churn", always)
    seen = shelf.open("churn")
    shelf.save(replace(seen[0], holder="ann"))
    assert escalate(shelf, ears, ENDPOINT, seen, LATE) == 2
    assert [one.told for one in shelf.open("churn")] == [False, True]
    with pytest.raises(Conflict):
        shelf.save(seen[0])


def test_the_event_fits_its_schema_however_many_they_are():
    """The sample in events/, and what the library makes."""
    validator = Draft7Validator(event("review-overdue.schema"))
    validator.validate(event("review-overdue")["detail"])
    for count in (1, 250):
        told = notice(ENDPOINT, [case(number) for number in range(count)], LATE)
        assert told.event
        validator.validate(told.event.detail)
        assert told.event.detail["count"] == count


def test_the_metrics_say_how_many_wait_and_since_when():
    """The oldest by its prediction."""
    line = emf("dev", "churn", [case(1), case(2, at=T0 + timedelta(hours=1))], T0 + timedelta(hours=2))
    assert (line["OpenReviews"], line["OldestReviewAge"], line["Model"]) == (2, 7200, "churn")
