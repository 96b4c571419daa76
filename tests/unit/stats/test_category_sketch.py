"""Sketches of categories add up, and tell what is rare from what is new."""

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.stats.category_sketch import CategoryBins, CategorySketch

names = st.lists(st.none() | st.sampled_from(["a", "b", "ü", ""]) | st.text(max_size=60), max_size=40)


@settings(max_examples=60)
@given(names, names, names, names)
def test_any_grouping_is_one_pass_over_all_rows(baseline, one, two, three):
    """In any order, whatever the texts are; and it comes back from JSON."""
    bins = CategoryBins.of(np.array(baseline, object))
    a, b, c = (CategorySketch(bins).update(np.array(values, object)) for values in (one, two, three))
    total = CategorySketch(bins).update(np.array(one + two + three, object))
    assert a + b == b + a
    assert (a + b) + c == a + (b + c) == total
    again = CategoryBins.from_dict(orjson.loads(orjson.dumps(bins.to_dict())))
    assert again == bins
    assert CategorySketch.from_dict(total.to_dict(), again) == total


def test_rare_is_not_unseen():
    """100 categories: 64 have counts, 36 are other; a new one is unseen."""
    bins = CategoryBins.of([f"c{n}" for n in range(100) for _ in range(200 - n)])
    assert bins.top[0] == "c0"
    seen = CategorySketch(bins).update(["c0", "c0", "c99", "new", None, float("nan")])
    assert (seen.of("c0"), seen.other, seen.unseen, seen.null, seen.rows) == (2, 1, 1, 2, 6)


def test_of_very_many_categories_none_is_called_unseen():
    """5,000 would make the document large: what is not at the top is other."""
    bins = CategoryBins.of([f"c{n}" for n in range(5000)])
    assert bins.known is None
    assert CategorySketch(bins).update(["new"]).other == 1
    assert len(orjson.dumps(CategoryBins.of([f"c{n}" for n in range(4000)]).to_dict())) < 25_000


def test_free_text_does_not_make_it_large():
    """Long texts go by their beginning and a hash, and stay apart."""
    texts = ["x" * 50_000 + str(n) for n in range(10)]
    bins = CategoryBins.of(texts)
    assert len(orjson.dumps(bins.to_dict())) < 1000
    assert CategorySketch(bins).update(texts[:1]).of(texts[0]) == 1


def test_other_categories_do_not_add_up():
    """Nor is a list of the wrong length a sketch."""
    one, other = (CategorySketch(CategoryBins.of([name])) for name in "ab")
    with pytest.raises(ValueError, match="don't add up"):
        one + other
    with pytest.raises(ValueError, match="must be 4 whole numbers"):
        CategorySketch.from_dict({"counts": [1, 2]}, one.bins)
    with pytest.raises(ValueError, match="not the categories"):
        CategoryBins.from_dict({"top": []})
