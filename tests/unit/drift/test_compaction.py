"""An hour's objects become one: each row once, nothing silently left out, the order of reading without effect."""

import random

import pytest

from serin.drift.compaction import compact
from serin.drift.window import WindowSketch
from tests.unit.drift.data import by_inputs, by_matrix, inputs, matrix, window


@pytest.fixture
def objects():
    """Three sandboxes, four minutes each, in which one row was lost; sizes differ."""
    found = {}
    for number in range(12):
        rows, (sandbox, minute) = 5 + number, divmod(number, 4)
        seen = window(by_matrix(), *matrix(rows, seed=number), rows, f"s{sandbox}", minute, at=60.0 * minute)
        seen.lost = 1
        found[f"{minute:02d}-s{sandbox}-{minute}.z"] = seen.to_bytes()
    return found


def _shuffled(objects, seed):
    names = list(objects)
    random.Random(seed).shuffle(names)
    return {name: objects[name] for name in names}


def test_all_rows_count_once_in_any_order(objects):
    """The same bytes whichever object is read first."""
    done = compact(objects, by_matrix())
    assert (done.window.rows, done.window.lost) == (sum(range(5, 17)), 12)
    assert (done.window.start, done.window.end, len(done.window.parts)) == (0.0, 180.0, 12)
    assert (sorted(done.used), done.skipped) == (sorted(objects), {})
    for seed in range(3):
        assert compact(_shuffled(objects, seed), by_matrix()).window.to_bytes() == done.window.to_bytes()


def test_what_is_spoiled_or_foreign_or_there_twice_is_named(objects):
    """And changes nothing."""
    expected = compact(objects, by_matrix()).window.to_bytes()
    odd = {
        "corrupt": objects["00-s0-0.z"][:-5],
        "foreign": window(by_inputs(), *inputs(3), 3).to_bytes(),
        "twice": objects["01-s1-1.z"],
        "empty": b"",
    }
    done = compact(_shuffled({**objects, **odd}, 5), by_matrix())
    assert done.window.to_bytes() == expected
    assert set(done.skipped) == {"corrupt", "foreign", "empty", "twice"}
    assert "counted already, such as ('s1', 1)" in done.skipped["twice"]
    assert "of the baseline" in done.skipped["foreign"]


def test_an_hour_that_was_compacted_takes_in_what_came_late(objects):
    """The object of the hour and the small ones it was made of, together: each part counts once."""
    late = dict(list(objects.items())[:9])
    hour = compact(late, by_matrix()).window.to_bytes()
    again = compact({"hour.z": hour, **objects}, by_matrix())
    assert again.window.to_bytes() == compact(objects, by_matrix()).window.to_bytes()
    assert again.used == tuple(sorted({"hour.z", *objects.keys() - late.keys()}))
    assert WindowSketch.from_bytes(again.window.to_bytes(), by_matrix()).parts == again.window.parts


def test_two_of_the_same_part_are_decided_alike_in_any_order(objects):
    """A sandbox never writes two, but if it did the larger would count."""
    small, large = (window(by_matrix(), *matrix(rows), rows).to_bytes() for rows in (3, 4))
    for pair in ({"a": small, "b": large}, {"b": large, "a": small}):
        done = compact(pair, by_matrix())
        assert (done.window.rows, set(done.skipped)) == (4, {"a"})


def test_nothing_is_no_window():
    """Not an empty one: no data is not a quiet hour."""
    assert compact({}, by_matrix()).window is None
    assert compact({"x": b"?"}, by_matrix()).window is None
