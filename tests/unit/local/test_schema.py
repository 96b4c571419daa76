"""The fast check of a request's body says yes to nothing that JSON Schema says no to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from infra.local.gateway.schema import compiled

TENSOR = {
    "type": "object",
    "required": ["name", "shape", "data"],
    "properties": {
        "name": {"type": "string"},
        "datatype": {"enum": ["FP32", "BOOL"], "type": "string"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "data": {"type": "array"},
        "on": {"type": "boolean"},
    },
}
SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Request",
    "type": "object",
    "required": ["inputs"],
    "properties": {"inputs": {"type": "array", "minItems": 1, "items": TENSOR}, "id": {"type": "string"}},
}
GOOD = {"inputs": [{"name": "X", "shape": [1, 2], "data": [1.5, "x"], "datatype": "FP32", "on": True}], "id": "7"}

scalars = st.none() | st.booleans() | st.integers(-1, 3) | st.floats(allow_nan=False) | st.sampled_from(["FP32", "x"])
names = st.sampled_from(["inputs", "name", "shape", "data", "datatype", "on", "id"])
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5), max_leaves=12
)
tensors = st.fixed_dictionaries(
    {"name": st.just("X") | scalars, "shape": st.lists(scalars, max_size=2), "data": documents},
    optional={"datatype": scalars, "on": scalars},
)
requests = st.fixed_dictionaries({"inputs": st.lists(tensors, max_size=2)}, optional={"id": scalars})


@given(documents | requests)
def test_it_says_of_this_schema_what_json_schema_says(document):
    """All its keywords are known, so yes and no are both right."""
    assert compiled(SCHEMA)(document) == Draft4Validator(SCHEMA).is_valid(document)


def test_a_good_request_needs_no_second_look():
    """Else it would be no faster."""
    assert compiled(SCHEMA)(GOOD)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "patternProperties": {}},
        {"type": ["string", "null"]},
        {"minItems": 1},
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        {"type": "array", "items": [{"type": "string"}]},
        {"enum": [1, 2]},
    ],
)
def test_to_what_it_does_not_know_it_says_no(schema):
    """A whole validator decides then."""
    for document in ({}, [], ["x"], "x", 1, 5, None):
        assert not compiled(schema)(document)
