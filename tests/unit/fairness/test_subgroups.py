"""Is every row in one group of each column and of each pair, whatever the columns hold?"""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import InvalidSettings
from serin.fairness import metrics, subgroups
from serin.fairness.subgroups import MISSING, OTHER, splits

values = st.one_of(st.none(), st.sampled_from(["", "a", "&", "b=c"]), st.floats(), st.integers(-5, 5), st.booleans())
tables = st.integers(0, 40).flatmap(lambda n: st.lists(st.lists(values, min_size=n, max_size=n), max_size=3))


@given(tables)
def test_every_row_is_in_one_group_of_each_split(columns):
    """No value breaks it, and no group of it is empty."""
    found = splits({f"c{place}": column for place, column in enumerate(columns)})
    assert len(found) == len(columns) * (len(columns) + 1) // 2
    for split in found:
        assert len(split.codes) == len(columns[0])
        assert set(split.codes.tolist()) == set(range(len(split.names)))


def test_what_is_missing_is_a_group():
    """None, NaN and an empty text are the same; a column may have nothing else."""
    (one,) = splits({"sex": [None, float("nan"), "", "F"]})
    assert (one.names, one.codes.tolist()) == (("sex=(missing)", "sex=F"), [0, 0, 0, 1])
    assert splits({"sex": [None, None]})[0].names == (f"sex={MISSING}",)


def test_a_name_is_on_one_line():
    """Of a text with a line's end, or a mark that turns the direction of writing; other letters stay."""
    (split,) = splits({"city": ["Graz\nWest", "a\u202eb", "Köln"]})
    assert split.names == (r"city=Graz\nWest", "city=Köln", r"city=a\u202eb")


def test_numbers_become_ranges_between_quartiles_when_they_are_many():
    """Also as texts; each range has about a quarter of the rows, and an atom stays in one of them."""
    ages = list(range(21, 61))
    (one,), (two,) = splits({"age": ages}), splits({"age": [str(age) for age in ages]})
    assert one.names == ("age=21 to 30", "age=over 30 to 40", "age=over 40 to 50", "age=over 50 to 60")
    assert (two.names, np.bincount(one.codes).tolist()) == (one.names, [10, 10, 10, 10])
    (atom,) = splits({"paid": [0] * 60 + [*range(1, 30), None]})
    assert atom.names == ("paid=(missing)", "paid=0 to 7", "paid=over 7 to 29")
    assert splits({"age": [20.0, 30.0]})[0].names == ("age=20", "age=30")


def test_texts_that_are_many_keep_the_twenty_most_frequent():
    """The others are one group."""
    (one,) = splits({"city": [f"c{place:02d}" for place in range(30)] + ["c07", "c29"]})
    assert len(one.names) == 21
    assert {"city=c07", "city=c29", f"city={OTHER}"} < set(one.names)


def test_pairs_say_how_many_of_them_nobody_is_in():
    """They are no groups of their own."""
    *_, pair = splits({"sex": ["F", "M", "M"], "age": ["old", "old", "young"]})
    assert (pair.names, pair.empty) == (("sex=F & age=old", "sex=M & age=old", "sex=M & age=young"), 1)


def test_more_groups_than_anybody_reads_are_refused():
    """With the number and what to do."""
    drawn = np.random.default_rng(8).integers(0, 15, (6, 4000))
    columns = {f"c{place}": values.astype(str) for place, values in enumerate(drawn)}
    with pytest.raises(InvalidSettings, match="declare fewer columns"):
        splits(columns)


@pytest.mark.parametrize("module", [metrics, subgroups])
def test_examples_hold(module):
    """What a docstring shows is what comes out."""
    assert doctest.testmod(module).failed == 0
