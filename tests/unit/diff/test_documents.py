"""Each place where two manifests differ is named, and no other."""

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from serin.diff.change import Change, Kind
from serin.diff.documents import compare
from serin.diff.golden_examples import compare_golden
from tests.unit.diff.models import mirrored

_KEYS = st.text("abcdefgh_-. ", min_size=1, max_size=8)
_LEAVES = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.floats(allow_nan=False) | st.text(max_size=8)
_FEATURES = st.lists(
    st.builds(lambda name, kind: {"name": name, "type": kind}, _KEYS, _LEAVES),
    max_size=5,
    unique_by=lambda f: f["name"],
)
DOCUMENTS = st.dictionaries(
    _KEYS, st.recursive(_LEAVES | _FEATURES, lambda inner: st.dictionaries(_KEYS, inner, max_size=4), max_leaves=8),
    min_size=1, max_size=5,
)  # fmt: skip


def _places(document: Any, path: str = "") -> list[tuple[Any, Any, str]]:
    """Every field: whose it is, its key, and the path by which it should be named."""
    found = []
    for key, value in document.items():
        plain = all(letter.isalnum() or letter in "_-" for letter in key)
        where = f"{path}.{key}" if plain and path else key if plain else f"{path}[{key}]"
        found.append((document, key, where))
        if isinstance(value, dict):
            found += _places(value, where)
        elif isinstance(value, list):
            found += [place for one in value for place in _places(one, f"{where}[{one['name']}]")]
    return [place for place in found if place[1] != "name"]


@given(DOCUMENTS, st.data())
def test_a_field_that_is_mutated_is_named_alone(document: dict[str, Any], data: st.DataObject) -> None:
    """At any depth, whatever its value was; removed, its value says so; nothing else is named."""
    after = deepcopy(document)
    places = _places(after)
    if not places:
        return
    owner, key, path = data.draw(st.sampled_from(places))
    if data.draw(st.booleans(), "remove"):
        was = owner.pop(key)
        assert list(compare(document, after)) == [Change(path, Kind.REMOVED, was, None)]
        assert list(compare(after, document)) == [Change(path, Kind.ADDED, None, was)]
    else:
        was, owner[key] = owner[key], "a value that no document has"
        assert list(compare(document, after)) == [Change(path, Kind.CHANGED, was, owner[key])]


@given(DOCUMENTS, DOCUMENTS)
def test_the_other_way_round_is_the_mirror_image(one: dict[str, Any], two: dict[str, Any]) -> None:
    """And a document does not differ from itself."""
    found = list(compare(one, two))
    assert sorted(map(repr, map(mirrored, found))) == sorted(map(repr, compare(two, one)))
    assert not list(compare(one, deepcopy(one)))


def test_numbers_and_truths_that_python_takes_for_equal_differ() -> None:
    """1, 1.0 and true have different hashes, so they are different."""
    assert [one.path for one in compare({"a": 1, "b": True, "c": 1.0}, {"a": 1.0, "b": 1, "c": 1.0})] == ["a", "b"]


def test_features_are_known_by_name_and_their_order_counts() -> None:
    """A feature that is exchanged with another reads the other's column; one that comes in between is only added."""
    a, b, c = ({"name": name, "type": "float"} for name in "abc")
    assert list(compare({"features": [a, b]}, {"features": [b, a]})) == [
        Change("features[a]", Kind.MOVED, 1, 2), Change("features[b]", Kind.MOVED, 2, 1)
    ]  # fmt: skip
    assert list(compare({"features": [a, b]}, {"features": [a, c, b]})) == [Change("features[c]", Kind.ADDED, None, c)]


def test_golden_examples_are_known_by_their_inputs() -> None:
    """Put into another order they are the same; another output is named where it is."""

    def example(given: float, expected: float) -> dict[str, Any]:
        return {"inputs": [{"name": "x", "data": [given]}], "outputs": [{"name": "y", "data": [expected]}]}

    before = {"tolerance": {"rtol": 0.1}, "examples": [example(1, 2), example(2, 4), example(2, 4)]}
    after = {"tolerance": {"rtol": 0.2}, "examples": [example(2, 4), example(1, 3), example(9, 9)]}
    assert [(one.path, one.kind) for one in compare_golden(before, after)] == [
        ("tolerance.rtol", Kind.CHANGED), ("examples[1].outputs[y].data", Kind.CHANGED),
        ("examples[3]", Kind.REMOVED), ("examples[3]", Kind.ADDED),
    ]  # fmt: skip
    assert not list(compare_golden(before, {**before, "examples": before["examples"][::-1]}))
