"""A window is the sum of what was seen, however it was cut up and wherever it was written."""

import zlib
from functools import reduce
from operator import add

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.drift.window import WindowSketch
from serin.errors import InvalidInput
from tests.unit.drift.data import PIXELS, by_inputs, by_matrix, inputs, matrix, window

cuts = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 4), st.booleans()), min_size=1, max_size=8)


@settings(max_examples=30)
@given(cuts, st.sampled_from([(by_matrix, matrix), (by_inputs, inputs)]), st.randoms(use_true_random=False))
def test_any_cut_adds_up_to_one_pass_over_all_rows(cut, kind, random):
    """Requests of any size, settled or not, in windows of several sandboxes, added in any order."""
    baseline, total = kind[0](), sum(rows for rows, _, _ in cut)
    feeds, outputs = kind[1](total, seed=9)
    windows: dict[int, WindowSketch] = {}
    at = 0
    for rows, sandbox, settle in cut:
        part = windows.setdefault(sandbox, WindowSketch.of(baseline, f"w{sandbox}", 1))
        pieces = ({name: array[at : at + rows] for name, array in tensors.items()} for tensors in (feeds, outputs))
        part.observe(*pieces, rows, 1000.0 + at)
        if settle:
            part.settle()
        at += rows
    parts = list(windows.values())
    random.shuffle(parts)
    found = reduce(add, parts)
    whole = window(baseline, feeds, outputs, total)
    for one in (found, whole):
        one.settle()
    assert found.sketches == whole.sketches
    assert (found.rows, found.waiting, found.start, found.end) == (total, 0, 1000.0, 1000.0 + total - cut[-1][0])
    assert found.parts == {(f"w{sandbox}", 1) for sandbox in windows}


def test_addition_is_associative_and_commutative_to_the_byte():
    """What compaction writes does not depend on the order of reading."""
    baseline = by_matrix()
    a, b, c = (window(baseline, *matrix(20 + n, seed=n), 20 + n, sequence=n, at=n) for n in range(3))
    assert (a + b).to_bytes() == (b + a).to_bytes()
    assert ((a + b) + c).to_bytes() == (a + (b + c)).to_bytes()


def test_requests_are_only_noted_until_they_are_settled():
    """By reference: no array is copied; but they count at once."""
    seen = window(by_matrix(), *matrix(10), 10)
    assert (seen.rows, seen.waiting, seen.sketches["feature:delay"].rows) == (10, 10, 0)
    seen.settle()
    assert (seen.rows, seen.waiting, seen.sketches["feature:delay"].rows) == (10, 0, 10)


def test_outputs_that_nobody_asked_for_are_left_out():
    """Their series have fewer rows than the features."""
    feeds, outputs = matrix(10)
    seen = window(by_matrix(), feeds, outputs, 10)
    seen.observe(feeds, {}, 10, 1001.0)
    seen.settle()
    assert [seen.sketches[key].rows for key in ("feature:hour", "score:p[1]", "confidence")] == [20, 10, 10]


def test_rows_of_another_length_have_no_projections():
    """Norm, mean and spread can be compared with any; places drawn for 42 pixels can't."""
    feeds, outputs = inputs(4)
    seen = window(by_inputs(), feeds, outputs, 4)
    seen.observe({**feeds, "image": np.ones((4, 5, 9))}, outputs, 4, 1000.0)
    seen.settle()
    norm, shadow = (seen.sketches[f"feature:image.{part}"] for part in ("norm", "projection1"))
    assert PIXELS != 45
    assert [(sketch.rows, sketch.null) for sketch in (norm, shadow)] == [(8, 0), (8, 4)]


def test_a_tensor_without_a_line_for_each_row_is_one_row():
    """A model that takes no batches."""
    seen = window(by_inputs(), {"image": np.ones((6, 7))}, {}, 1)
    seen.settle()
    assert seen.sketches["feature:image.norm"].rows == 1


def test_what_can_not_be_sketched_is_lost_as_a_whole():
    """A part of it in the sketches would make their rows differ; what was settled before stays."""
    feeds, outputs = matrix(10)
    seen = window(by_matrix(), feeds, outputs, 10)
    seen.settle()
    seen.observe(feeds, {"p": np.array([["a", "b"]] * 3, object)}, 3, 1001.0)
    with pytest.raises(ValueError, match="could not convert"):
        seen.settle()
    assert (seen.rows, seen.lost, seen.waiting) == (10, 3, 0)
    assert {sketch.rows for sketch in seen.sketches.values()} == {10}


@settings(max_examples=15)
@given(st.integers(1, 30), st.integers(0, 9), st.sampled_from([(by_matrix, matrix), (by_inputs, inputs)]))
def test_it_comes_back_from_its_bytes(rows, lost, kind):
    """Who wrote it, when, how many rows, and every sketch."""
    seen = window(kind[0](), *kind[1](rows, seed=rows), rows, "sandbox", 7)
    seen.lost = lost
    again = WindowSketch.from_bytes(seen.to_bytes(), kind[0]())
    assert again.sketches == seen.sketches
    assert again.to_bytes() == seen.to_bytes()
    assert (again.parts, again.start, again.end) == ({("sandbox", 7)}, 1000.0, 1000.0)
    assert (again.rows, again.lost) == (rows, lost)


def test_one_object_is_small():
    """A thousand rows of three features, two scores and the confidence: some 2 kB."""
    assert len(window(by_matrix(), *matrix(1000, seed=3), 1000).to_bytes()) < 3000


def test_a_window_of_another_baseline_is_refused():
    """Its counts are of other bins."""
    foreign = window(by_inputs(), *inputs(3), 3)
    with pytest.raises(InvalidInput, match="of the baseline"):
        WindowSketch.from_bytes(foreign.to_bytes(), by_matrix())
    with pytest.raises(ValueError, match="different baselines"):
        foreign + window(by_matrix(), *matrix(3), 3)


def test_the_same_part_never_counts_twice():
    """Adding an object to itself is a mistake, not a larger window."""
    seen = window(by_matrix(), *matrix(3), 3)
    with pytest.raises(ValueError, match="count twice"):
        seen + seen


@settings(max_examples=60)
@given(st.data())
def test_spoiled_bytes_are_refused_in_words(data):
    """Cut short, with a bit flipped, or anything else: InvalidInput, never another error, never other counts."""
    good = window(by_matrix(), *matrix(5), 5).to_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    flipped = bytearray(good)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    for bad in (good[:at], bytes(flipped), good + b"x", data.draw(st.binary(max_size=50))):
        try:
            read = WindowSketch.from_bytes(bad, by_matrix())
        except InvalidInput:
            continue
        # zlib does not look at every bit of its header.
        assert read.to_bytes() == good


@pytest.mark.parametrize("document", [[], 3, {}, {"schema": 2}, {"schema": 1, "baseline": "x"}])
def test_other_json_is_refused(document):
    """Compressed as a window is, but none."""
    with pytest.raises(InvalidInput, match="not a window"):
        WindowSketch.from_bytes(zlib.compress(orjson.dumps(document)), by_matrix())
