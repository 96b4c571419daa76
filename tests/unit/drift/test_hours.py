"""Does an hour keep every row exactly once while its objects become one, whoever dies and whatever comes late?"""

from dataclasses import dataclass, field

import pytest

from serin.drift.hours import Hour, compact_hour
from serin.drift.window import WindowSketch
from serin.errors import Conflict
from tests.unit.drift.data import by_inputs, by_matrix, inputs, matrix, window

HOUR = "windows/churn/3/2026/01/05/08"


class Died(BaseException):
    """The process ends here."""


@dataclass
class Shelf:
    """Implements Hours; dies before the effect of this number, from 1."""

    objects: dict[str, bytes] = field(default_factory=dict)
    whole: bytes | None = None
    tag: int = 0
    dies: int = -1
    most: int = 4

    def read(self, hour):
        loose = dict(sorted(self.objects.items())[: self.most])
        return Hour(loose, self.whole, str(self.tag) if self.whole else None)

    def put(self, hour, data, tag):
        self._effect()
        if tag != (str(self.tag) if self.whole else None):
            raise Conflict("another run was first")
        self.whole, self.tag = data, self.tag + 1

    def delete(self, names):
        for name in names:
            self._effect()
            self.objects.pop(name, None)

    def _effect(self):
        self.dies -= 1
        if self.dies == 0:
            raise Died


def one(number):
    return window(by_matrix(), *matrix(5 + number, seed=number), 5 + number, f"s{number % 3}", number).to_bytes()


def shelf(count=10, **more):
    return Shelf({f"{number:02d}.z": one(number) for number in range(count)}, **more)


def rows(shelf):
    return WindowSketch.from_bytes(shelf.whole, by_matrix()).rows


def test_an_hour_ends_as_one_object():
    """More than fit at once, and nothing is left over."""
    full = shelf()
    assert compact_hour(full, HOUR, by_matrix()) == {}
    assert (rows(full), full.objects) == (sum(range(5, 15)), {})
    before = full.whole, full.tag
    assert compact_hour(full, HOUR, by_matrix()) == {}
    assert (full.whole, full.tag) == before, "and once more changes nothing"


def test_a_late_object_is_added():
    """And one that is counted already just goes."""
    full = shelf()
    compact_hour(full, HOUR, by_matrix())
    full.objects = {"late.z": one(20), "again.z": one(3)}
    assert compact_hour(full, HOUR, by_matrix()) == {}
    assert (rows(full), full.objects) == (sum(range(5, 15)) + 25, {})


def test_killed_before_any_effect_the_next_run_ends_in_the_same_place():
    """No row is lost, none counts twice."""
    whole = shelf()
    compact_hour(whole, HOUR, by_matrix())
    for death in range(1, 15):
        full = shelf(dies=death)
        try:
            compact_hour(full, HOUR, by_matrix())
        except Died:
            full.dies = -1
            compact_hour(full, HOUR, by_matrix())
        assert (full.whole, full.objects) == (whole.whole, {}), death


def test_what_is_no_window_of_this_version_stays_and_is_named():
    """The others are put together all the same."""
    full = shelf(6, most=100)
    full.objects |= {"corrupt.z": one(1)[:-3], "foreign.z": window(by_inputs(), *inputs(3), 3).to_bytes()}
    skipped = compact_hour(full, HOUR, by_matrix())
    assert skipped.keys() == full.objects.keys() == {"corrupt.z", "foreign.z"}
    assert rows(full) == sum(range(5, 11))


def test_a_whole_object_that_can_not_be_read_is_never_replaced():
    """Its rows would be lost."""
    full = shelf(3)
    full.whole = b"spoiled"
    assert "the hour's own object" in compact_hour(full, HOUR, by_matrix())
    assert (full.whole, len(full.objects)) == (b"spoiled", 3)


def test_of_two_runs_at_once_one_gives_way():
    """By the tag; the other's sum stays."""

    class Raced(Shelf):
        def put(self, hour, data, tag):
            if not self.tag:
                super().put(hour, data, tag)
            super().put(hour, data, tag)

    full = Raced({"00.z": one(0)})
    with pytest.raises(Conflict):
        compact_hour(full, HOUR, by_matrix())
    assert rows(full) == 5
