"""Who may take and decide a review, what is next, and what is late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from serin.errors import BadRequest, Conflict, NotFound
from serin.review.case import Case, Decision, State
from serin.review.desk import LEASE, decide, late, next_of, take
from serin.review.item import read
from tests.unit.review.shelves import T0, case, message

ANN, BOB = "arn:aws:sts::1:user/ann", "arn:aws:sts::1:user/bob"
HOUR = timedelta(hours=1)


def test_the_most_urgent_that_is_free_is_next():
    """Not what somebody has in hand, and not what is decided."""
    soon, later = case(1, deadline=T0 + HOUR), case(2, deadline=T0 + 2 * HOUR)
    assert next_of([later, soon], T0) is soon
    assert next_of([later, take(soon, ANN, T0)], T0) is later
    assert next_of([later, decide(soon, Decision(ANN, T0, True))], T0) is later
    with pytest.raises(NotFound, match="Nothing waits for a review: 1 in the hands of others"):
        next_of([take(soon, ANN, T0)], T0)
    with pytest.raises(NotFound, match=r"Nothing waits for a review\."):
        next_of([], T0)


def test_a_lease_keeps_others_away_until_it_ends():
    """Whoever has it may take it again; after half an hour anybody may."""
    mine = take(case(), ANN, T0)
    assert (mine.holder, mine.until, mine.state(T0)) == (ANN, T0 + LEASE, State.TAKEN)
    for refused in (lambda: take(mine, BOB, T0), lambda: decide(mine, Decision(BOB, T0, True))):
        with pytest.raises(Conflict, match=f"is in the hands of {ANN} until 2026-01-05T08:30"):
            refused()
    assert take(mine, ANN, T0 + LEASE / 2).until == T0 + 1.5 * LEASE
    assert take(mine, BOB, T0 + LEASE).holder == BOB
    assert mine.state(T0 + LEASE) is State.OPEN


def test_nobody_has_to_take_what_they_decide():
    """A lease is a courtesy among several."""
    assert decide(case(), Decision(ANN, T0, 1)).state(T0) is State.DECIDED


def test_the_first_word_counts_and_the_same_word_again_changes_nothing():
    """Also from somebody else, who brings it to its end; true is not 1."""
    decided = decide(case(), Decision(ANN, T0, True, {"dollars": 2.0}, "seen"))
    assert decide(decided, Decision(BOB, T0 + HOUR, True, {"dollars": 2.0}, "other words")) is decided
    for other in (Decision(ANN, T0, False), Decision(ANN, T0, 1, {"dollars": 2.0}), Decision(ANN, T0, True)):
        with pytest.raises(Conflict, match=f"counts: {ANN} said true, dollars=2 at 2026-01-05T08:00"):
            decide(decided, other)
    with pytest.raises(Conflict, match="is decided"):
        take(decided, ANN, T0)


def test_late_is_what_has_passed_its_deadline_undecided_and_untold():
    """Once told, it stays overdue, and is told no more; being in somebody's hands is no excuse."""
    one, now = case(), T0 + timedelta(hours=25)
    assert late([one], T0 + timedelta(hours=24)) == ()
    assert late([one], now) == (one,)
    assert late([take(one, ANN, now)], now)
    told = replace(one, told=True)
    assert (late([told], now), told.is_overdue(now)) == ((), True)
    assert late([decide(one, Decision(ANN, now, True))], now) == ()


def test_a_case_is_the_same_after_it_was_written_down():
    """With everything that can be in it."""
    whole = decide(take(case(7), ANN, T0), Decision(ANN, T0 + HOUR, "late", {"dollars": -1.5}, "because"))
    for one in (case(), whole, replace(whole, told=True)):
        assert Case.from_dict(one.to_dict()) == one


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", message(model="flights"), message(id="1"), message(id="../x-0"), message(at="yesterday"),
     message(confidence="much"), message(outputs=None), message(version="three")],
)  # fmt: skip
def test_what_no_endpoint_of_the_model_sent_is_refused(text):
    """Whoever may send to the queue is our own function, and yet nothing is taken on trust."""
    with pytest.raises(BadRequest):
        read(text, "churn")


def test_inputs_may_be_missing():
    """They were too large for the queue."""
    assert read(message(inputs=None, score=None), "churn").inputs is None
