"""Does equal content have an equal identity, whatever the order it was written in?"""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.errors import BadRequest, InvalidInput
from serin.registry.canonical import canonical_json, digest_of
from serin.registry.names import ModelRef
from serin.registry.rows import is_request, request_of_rows
from serin.registry.ulid import ulid

_scalar = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text()
_json = st.recursive(_scalar, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
_name = st.from_regex(r"\A[a-z]([a-z0-9-]{0,20}[a-z0-9])?\Z")


@settings(max_examples=40)
@given(st.dictionaries(st.text(), _json, max_size=6))
def test_the_order_of_keys_changes_nothing(document: dict[str, object]) -> None:
    """Two ways to write a document have the same bytes."""
    assert canonical_json(document) == canonical_json(dict(reversed(document.items())))


@given(st.dictionaries(st.sampled_from(["artifact", "manifest", "golden"]), st.text(string.hexdigits), min_size=1))
def test_any_changed_part_changes_the_digest(hashes: dict[str, str | None]) -> None:
    """Absent is not the same as empty."""
    for name in hashes:
        assert digest_of({**hashes, name: None}) != digest_of(hashes)


@given(_name, st.integers(1, 999999))
def test_a_reference_reads_back_as_it_is_written(model: str, version: int) -> None:
    """MODEL@N and MODEL both survive a round trip."""
    assert ModelRef.parse(str(ModelRef(model, version))) == ModelRef(model, version)
    assert ModelRef.parse(model) == ModelRef(model)


@given(st.text())
def test_any_text_is_a_reference_or_a_bad_request(text: str) -> None:
    """No text makes the parser fail in another way, and what it accepts is what was meant."""
    try:
        parsed = str(ModelRef.parse(text))
    except BadRequest:
        return
    assert parsed == text


@pytest.mark.parametrize("text", ["churn@", "churn@0", "churn@-1", "churn@x", "churn@1@2", "Churn@1", "@1", "churn@01"])
def test_a_wrong_reference_is_refused_in_words(text: str) -> None:
    """The sentence shows how to write it."""
    with pytest.raises(BadRequest, match=r"version number|model name"):
        ModelRef.parse(text)


def test_a_reference_without_version_says_how_to_add_one() -> None:
    """`deploy churn` answers with `churn@1`."""
    with pytest.raises(BadRequest, match=r"churn@1"):
        ModelRef.parse_version("churn")


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 1, 1)), st.integers(1, 10**9))
def test_ulids_sort_by_time(moment: datetime, milliseconds: int) -> None:
    """26 characters whose order is the order of their times."""
    first = moment.replace(tzinfo=UTC)
    later = datetime.fromtimestamp(first.timestamp() + milliseconds / 1000, UTC) if moment.year < 9000 else None
    assert len(ulid(first)) == 26
    assert later is None or ulid(first)[:10] <= ulid(later)[:10]


_MATRIX = {
    "features": [{"name": "a", "type": "float", "nullable": True}, {"name": "b", "type": "int"}],
    "signature": {"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}], "outputs": []},
}


def test_rows_are_put_in_the_order_of_the_manifest() -> None:
    """A row is named values; the matrix is their order. A nullable value may be left out."""
    request = request_of_rows([{"b": 2, "a": 1.5}, {"b": 3}], _MATRIX)
    assert request["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [2, 2], "data": [1.5, 2, None, 3]}]
    assert is_request(request)
    assert not is_request({"a": 1, "b": 2})


def test_one_input_per_column_gets_one_tensor_per_feature() -> None:
    """Tensors have the shape that the signature gives."""
    inputs = [{"name": n, "datatype": "FP32", "shape": [-1, 1]} for n in ("a", "b")]
    request = request_of_rows({"a": 1, "b": 2}, {**_MATRIX, "signature": {"inputs": inputs, "outputs": []}})
    assert [(t["name"], t["shape"], t["data"]) for t in request["inputs"]] == [("a", [1, 1], [1]), ("b", [1, 1], [2])]


@pytest.mark.parametrize(
    ("rows", "said"), [([], "no row"), ([{"a": 1}], "Row 1 lacks b"), ([{"b": 1, "c": 2}], "'c'"), ([3], "Row 1")]
)
def test_a_wrong_row_is_named(rows: list[object], said: str) -> None:
    """Row number and feature are in the sentence."""
    with pytest.raises(InvalidInput, match=said):
        request_of_rows(rows, _MATRIX)
