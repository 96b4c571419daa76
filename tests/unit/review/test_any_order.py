"""Does a review keep its promises in any order of deliveries, people, deaths and late looks?

People act on what they saw last, which may be old; everything may be done twice.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from serin.errors import Conflict, NotFound
from serin.review.case import Case, Decision, State
from serin.review.collect import collect
from serin.review.desk import LEASE, decide, next_of, take
from serin.review.escalate import escalate
from tests.unit.review.shelves import ENDPOINT, T0, Ears, MemoryShelf, Waiting, message

PEOPLE = st.sampled_from(["ann", "bob", "cleo"])
NUMBERS = st.integers(0, 3)


class Reviewed(RuleBasedStateMachine):
    """`first` is the first decision on each, as the one who was told it was saved remembers it; `outcomes` are what
    /outcomes was told, of which it keeps the first."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf, self.ears, self.now = MemoryShelf(), Ears(), T0
        self.sent: set[int] = set()
        self.seen: dict[str, tuple[Case, ...]] = {}
        self.first: dict[str, Decision] = {}
        self.outcomes: dict[str, object] = {}
        self.leases: dict[str, tuple[str, datetime]] = {}

    @rule(number=NUMBERS, dies=st.booleans())
    def delivered(self, number: int, dies: bool) -> None:
        """For the first time or again, to one who may die before the message is deleted."""
        self.sent.add(number)
        queue = Waiting(message(number, hours=number + 1))
        queue.dies = dies
        with suppress(InterruptedError):
            collect(queue, self.shelf, "churn", lambda: True)

    @rule(who=PEOPLE)
    def looks(self, who: str) -> None:
        self.seen[who] = self.shelf.open("churn")

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(who=PEOPLE, data=st.data(), named=st.booleans())
    def takes(self, who: str, data: st.DataObject, named: bool) -> None:
        """The most urgent of those that this person saw, or whichever it is."""
        seen = self.seen.get(who, ())
        try:
            chosen = data.draw(st.sampled_from(seen)) if named and seen else next_of(seen, self.now)
            saved = self.shelf.save(take(chosen, who, self.now))
        except (NotFound, Conflict):
            return
        self._free_for(who, saved.id)
        self.leases[saved.id] = (who, saved.until or self.now)

    @precondition(lambda self: self.sent)
    @rule(
        who=PEOPLE,
        data=st.data(),
        outcome=st.booleans(),
        dies=st.sampled_from(["", "", "saved", "told"]),
        old=st.booleans(),
    )
    def decides(self, who: str, data: st.DataObject, outcome: bool, dies: str, old: bool) -> None:
        """As the command does: write down, tell, close; it may end after each of them, and be run again by anybody."""
        known = {one.id: one for one in self.seen.get(who, ())} if old else {}
        id = f"{data.draw(st.sampled_from(sorted(self.sent))):028x}-0"
        case = known.get(id) or self.shelf.find(id)
        try:
            decided = decide(case, Decision(who, self.now, outcome))
            if decided is not case:
                decided = self.shelf.save(decided)
                assert id not in self.first, "decided twice"
                self._free_for(who, id)
                assert decided.decision
                self.first[id] = decided.decision
            if dies == "saved" or not decided.revision:
                return
            assert decided.decision
            self.outcomes.setdefault(id, decided.decision.outcome)
            if dies != "told":
                self.shelf.close(decided)
        except Conflict:
            return

    def _free_for(self, who: str, id: str) -> None:
        holder, until = self.leases.get(id, (who, self.now))
        assert holder == who or until <= self.now, "out of the hands of somebody whose lease had not ended"

    @rule()
    def is_looked_through(self) -> None:
        escalate(self.shelf, self.ears, ENDPOINT, self.shelf.open("churn"), self.now)

    @invariant()
    def each_is_there_once(self) -> None:
        assert self.shelf.cases.keys() | self.shelf.closed.keys() == {f"{number:028x}-0" for number in self.sent}
        assert not self.shelf.cases.keys() & self.shelf.closed.keys()

    @invariant()
    def the_first_word_counts_everywhere(self) -> None:
        """On the shelf, and as the outcome."""
        for id, decision in self.first.items():
            assert self.shelf.find(id).decision == decision
            assert self.outcomes.get(id, decision.outcome) == decision.outcome
        for case in self.shelf.closed.values():
            assert case.decision == self.first[case.id]
            assert case.id in self.outcomes

    @invariant()
    def a_lease_ends(self) -> None:
        """Whoever it was: half an hour after it was taken, anybody may take what nobody has decided."""
        for case in self.shelf.cases.values():
            if case.decision is None:
                assert case.state(self.now + LEASE) is State.OPEN
                take(case, "somebody else", self.now + LEASE)

    @invariant()
    def nothing_is_told_twice(self) -> None:
        """Nobody died while telling, nor changed one meanwhile: see test_collect_and_escalate for those."""
        told = [one["id"] for notice in self.ears.heard if notice.event for one in notice.event.detail["reviews"]]
        assert len(told) == len(set(told))


TestReviewed = Reviewed.TestCase
TestReviewed.settings = settings(max_examples=60, stateful_step_count=40)


def test_a_case_of_an_old_revision_changes_nothing():
    """What the machine above relies on: a stale save is refused."""
    shelf = MemoryShelf()
    collect(Waiting(message(1)), shelf, "churn", lambda: True)
    (case,) = shelf.open("churn")
    shelf.save(take(case, "ann", T0))
    for stale in (take(case, "bob", T0), decide(case, Decision("bob", T0, True)), replace(case, told=True)):
        try:
            shelf.save(stale)
        except Conflict:
            continue
        raise AssertionError("a stale case was saved")
