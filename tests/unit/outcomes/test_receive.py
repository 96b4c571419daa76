"""Does each prediction get one outcome, the first, and only if its receipt is ours?"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import BadRequest, Conflict, NotReady
from serin.outcomes.door import Door
from serin.outcomes.judge import Outcome
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.quality import Quality, by_segment
from serin.outcomes.receipts import Signer, read
from serin.outcomes.receive import MOST, receive
from serin.outcomes.tally import Mark, tally
from serin.registry.endpoints import Endpoint

NOW = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
DAYS = timedelta(days=90)
RING = Keyring(Key.new())
ENDPOINT = Endpoint("flights", "dev", "operations", "f", "live", "b", "t", "u")


@dataclass
class Book:
    """Implements Records and Windows."""

    outcomes_: dict[tuple[str, int], Outcome] = field(default_factory=dict)
    marks_: dict[tuple[str, int, str], str] = field(default_factory=dict)
    counted: dict[tuple[str, int, str], dict[str, Quality]] = field(default_factory=dict)
    stamps: int = 0

    def add(self, outcome: Outcome) -> bool:
        return self.outcomes_.setdefault((outcome.id, outcome.row), outcome) is outcome

    def mark(self, model: str, version: int, hour: str) -> None:
        self.stamps += 1
        self.marks_[model, version, hour] = str(self.stamps)

    def marks(self, model: str) -> list[Mark]:
        return [Mark(*window, stamp) for window, stamp in self.marks_.items() if window[0] == model]

    def outcomes(self, mark: Mark) -> list[Outcome]:
        return [
            one for one in self.outcomes_.values()
            if (one.model, one.version, one.hour) == (mark.model, mark.version, mark.hour)
        ]  # fmt: skip

    def put(self, mark: Mark, qualities: dict[str, Quality]) -> None:
        window = mark.model, mark.version, mark.hour
        if self.counted.get(window, {"": Quality()})[""].n > qualities[""].n:
            raise Conflict("more was counted already")
        self.counted[window] = qualities

    def unmark(self, mark: Mark) -> None:
        if self.marks_.get((mark.model, mark.version, mark.hour)) != mark.stamp:
            raise Conflict("touched again")
        del self.marks_[mark.model, mark.version, mark.hour]


def signed(scores=(0.9,), at=NOW - timedelta(hours=2), model="flights", ring=RING):
    signer = Signer(ring, model=model, version=3, release="7", segments=("origin",))
    column = (("EWR",), None)
    return signer.sign(int(at.timestamp() * 1000), len(scores), list(scores), [column], "")


def send(book, *items, now=NOW):
    return receive(list(items), lambda text: read(text, RING), {"flights"}, book, now, DAYS)


def test_the_first_word_counts_and_a_repeat_is_acknowledged():
    """Also within one request, and with another outcome."""
    book, receipt = Book(), signed()
    first = send(book, {"receipt": receipt, "outcome": True, "kpi": 5}, {"receipt": receipt, "outcome": False})
    again = send(book, {"receipt": receipt, "outcome": False})
    assert (first.accepted, first.repeated, again.accepted, again.repeated) == (1, 1, 0, 1)
    (kept,) = book.outcomes_.values()
    assert (kept.outcome, kept.kpi, kept.score, kept.segments) == (
        True,
        {"value": 5_000_000},
        900_000,
        {"origin": "EWR"},
    )
    assert (kept.model, kept.version, kept.release, kept.hour) == ("flights", 3, "7", "2026-01-05T06")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"receipt": "nonsense", "outcome": 1}, "not a receipt"),
        ({"receipt": signed(ring=Keyring(Key.new())), "outcome": 1}, "key is unknown here"),
        ({"receipt": signed(model="trains"), "outcome": 1}, "which this stage does not serve"),
        ({"receipt": signed(at=NOW - timedelta(days=91)), "outcome": 1}, "has expired"),
        ({"receipt": signed(at=NOW + timedelta(hours=1)), "outcome": 1}, "is from the future"),
        ({"receipt": signed(), "row": 1, "outcome": 1}, "row 1 does not exist: the receipt covers 1"),
        ({"receipt": signed(), "outcome": 1, "observed_at": "2020-01-01"}, "observed_at lies before the prediction"),
        ({"receipt": signed(), "outcome": 1, "observed_at": "2030-01-01"}, "or in the future"),
        (7, "an outcome is an object"),
    ],
)
def test_what_does_not_count_is_refused_alone_with_its_reason(item, reason):
    """The others of the same request count."""
    book = Book()
    found = send(book, {"receipt": signed(), "outcome": True}, item)
    assert found.accepted == 1
    ((index, said),) = found.refused
    assert index == 1
    assert reason in said


@pytest.mark.parametrize("items", [None, {}, [], "x", [{}] * (MOST + 1)])
def test_what_is_no_list_of_outcomes_is_refused_whole(items):
    """With how it is written, or how many may come at once."""
    with pytest.raises(BadRequest, match=r"outcomes"):
        receive(items, lambda text: read(text, RING), {"flights"}, Book(), NOW, DAYS)


@given(st.integers(0, 10**6), st.integers(1, 25))
def test_totals_are_the_truth_in_any_order_with_repeats_and_deaths(seed, predictions):
    """Whoever dies gave no answer and sends again; the counting runs in between."""
    order = random.Random(seed)
    rows = [(signed((score,)), score, score > 0.5) for score in (order.random() for _ in range(predictions))]
    book, todo = Book(), [{"receipt": receipt, "outcome": late} for receipt, _, late in rows for _ in range(2)]
    order.shuffle(todo)
    while todo:
        batch, todo = todo[:3], todo[3:]
        dies = order.random() < 0.3
        if dies:
            send(Dying(book, order.randint(0, 2)), *batch)
            todo += batch
        else:
            send(book, *batch)
        if order.random() < 0.5:
            list(tally(book, "flights", lambda _: "classification"))
    list(tally(book, "flights", lambda _: "classification"))
    truth = by_segment((Quality.binary(round(float(read(r, RING).scores[0]), 6), late), {"origin": "EWR"})
                       for r, _, late in rows)  # fmt: skip
    (counted,) = book.counted.values()
    assert counted == truth
    assert not book.marks_


class Dying:
    """A process that ends after some of its writes: what it wrote is there, and nobody got an answer."""

    def __init__(self, book, writes):
        self._book, self._left = book, writes

    def add(self, outcome):
        self._left -= 1
        return self._book.add(outcome) if self._left >= 0 else False

    def mark(self, model, version, hour):
        self._left -= 1
        if self._left >= 0:
            self._book.mark(model, version, hour)


def test_an_outcome_that_comes_in_while_it_is_counted_is_not_forgotten():
    """The mark is newer than the one that was read, and stays for the next run."""
    book = Book()
    send(book, {"receipt": signed(), "outcome": True})
    (mark,) = book.marks("flights")
    send(book, {"receipt": signed(), "outcome": False})
    with pytest.raises(Conflict):
        book.unmark(mark)
    assert [one.qualities[""].n for one in tally(book, "flights", lambda _: "classification")] == [2]


def test_a_key_that_is_younger_than_the_process_is_read_before_it_is_refused():
    """A rotation leaves no gap; forged receipts make no storm of reads."""
    ring, reads, time = [RING], [], [0.0]

    def secret():
        reads.append(1)
        return ring[0].to_json()

    door = Door(secret, lambda: (ENDPOINT,), lambda: time[0])
    door.read(signed())
    ring[0] = RING.rotated()
    time[0] = 10.0
    assert door.read(signed(ring=ring[0])).model == "flights"
    assert door.read(signed()).model == "flights", "the key before stays valid"
    for _ in range(5):
        with pytest.raises(BadRequest):
            door.read("forged")
    assert len(reads) == 2


def test_a_key_that_was_dropped_counts_for_a_minute_at_most():
    """Also where no other receipt makes the door look again, and where the clock was set back."""
    ring, time = RING.rotated(), [1000.0]
    text = [ring.to_json()]
    door = Door(lambda: text[0], lambda: (ENDPOINT,), lambda: time[0])
    leaked, good = signed(ring=RING), signed(ring=ring)
    assert door.read(leaked).model == "flights"
    text[0] = ring.without(RING.current.id).to_json()
    time[0] += 59.9
    assert door.read(leaked).model == "flights", "keys are not read again for each receipt"
    time[0] += 0.1
    with pytest.raises(BadRequest, match="key is unknown"):
        door.read(leaked)
    assert door.read(good).model == "flights"
    text[0] = ring.without(ring.current.id).to_json()
    time[0] -= 500
    with pytest.raises(BadRequest, match="key is unknown"):
        door.read(good)


def test_nothing_counts_while_old_keys_can_not_be_read_again():
    """Else a leaked key would count for as long as nobody can say that it was dropped."""
    texts, time = [RING.to_json()], [0.0]
    door = Door(texts.pop, lambda: (ENDPOINT,), lambda: time[0])
    door.read(signed())
    time[0] = 60.0
    for _ in range(2):
        with pytest.raises(IndexError):
            door.read(signed())
    texts.append(RING.to_json())
    assert door.read(signed()).model == "flights"


def test_a_stage_without_endpoints_says_so():
    """And asks again the next time."""
    listed = [()]
    door = Door(RING.to_json, lambda: listed[0], lambda: 0.0)
    with pytest.raises(NotReady, match=r"cdk\.json"):
        door.endpoints()
    listed[0] = (ENDPOINT,)
    assert door.endpoints() == (ENDPOINT,)
