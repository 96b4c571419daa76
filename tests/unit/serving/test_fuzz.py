"""Any bytes and any headers in, a valid response out."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.serving.small_models import ONNX_TYPES

ALLOWED = {200, 400, 404, 413, 415}
QUICK = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
names = st.text(max_size=5)
json_values = st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(names, v), max_leaves=8)
sizes = st.integers(-1, 40) | scalars
datatypes = st.sampled_from([*ONNX_TYPES, "BF16"]) | scalars
tensors = st.fixed_dictionaries(
    {"name": st.sampled_from(["features", *(f"in_{t}" for t in ONNX_TYPES)]), "datatype": datatypes},
    optional={
        "shape": st.lists(st.integers(-1, 4) | scalars, max_size=3) | st.just([1, 2]) | st.just([1, 3]) | json_values,
        "data": st.lists(scalars | st.lists(scalars, max_size=3), max_size=6) | json_values,
        "parameters": st.fixed_dictionaries({}, optional={"binary_data_size": sizes}) | json_values,
    },
)
outputs = st.fixed_dictionaries({"name": st.sampled_from(["score", "out_BYTES"])}, optional={"parameters": json_values})
requests = st.fixed_dictionaries(
    {"inputs": st.lists(tensors, max_size=3) | json_values},
    optional={"id": scalars, "outputs": st.lists(outputs, max_size=3) | json_values, "parameters": json_values},
)
header_names = st.sampled_from(
    ["Content-Type", "Content-Encoding", "Inference-Header-Content-Length", "inference-header-content-length", "X"]
)
known = st.sampled_from(["application/json", "application/octet-stream", "gzip", "deflate"])
header_values = known | st.text(max_size=9)
headers = st.none() | st.dictionaries(header_names, header_values | st.integers(0, 99).map(str), max_size=3)


def check(response):
    """A status that the client's doing explains, and an error that is one."""
    assert response["statusCode"] in ALLOWED, response
    orjson.dumps(response)
    if response["statusCode"] != 200:
        answer = orjson.loads(response["body"])
        assert list(answer) == ["error"]
        assert "Traceback" not in answer["error"]


def dump(request):
    return orjson.dumps(request, default=str, option=orjson.OPT_NON_STR_KEYS)


def fits_orjson(request):
    try:
        return bool(dump(request))
    except TypeError:
        return False


@pytest.mark.parametrize("name", ["by_matrix", "every_type", "by_columns"])
@QUICK
@given(body=st.binary(max_size=200) | st.text(max_size=200), headers=headers)
def test_any_bytes_get_an_answer(request, name, body, headers):
    """Whatever the body and whatever the headers claim of it."""
    check(request.getfixturevalue(name).send(body, headers))


@pytest.mark.parametrize("name", ["by_matrix", "every_type"])
@QUICK
@given(document=requests.filter(fits_orjson), tail=st.binary(max_size=40), honest=st.booleans())
def test_any_nearly_right_request_gets_an_answer(request, name, document, tail, honest):
    """Requests that look like the protocol, with binary data that may not fit."""
    text = dump(document)
    headers = {"Inference-Header-Content-Length": str(len(text) + (not honest))}
    check(request.getfixturevalue(name).send(text + tail, headers if tail or not honest else None))


@QUICK
@given(datatype=st.sampled_from(list(ONNX_TYPES)), raw=st.binary(max_size=48), rows=st.integers(1, 3))
def test_any_binary_tensor_gets_an_answer(every_type, datatype, raw, rows):
    """Right in JSON, arbitrary in the bytes; the other twelve inputs are absent."""
    tensor = {"name": f"in_{datatype}", "datatype": datatype, "shape": [rows, 2]}
    text = orjson.dumps({"inputs": [tensor | {"parameters": {"binary_data_size": len(raw)}}]})
    response = every_type.send(text + raw, {"Inference-Header-Content-Length": str(len(text))})
    check(response)
    assert response["statusCode"] == 400


@QUICK
@given(path=st.text(max_size=30).map("/v2/".__add__) | st.text(max_size=30), method=st.text(max_size=6))
def test_any_path_gets_an_answer(by_matrix, path, method):
    """Paths and methods that no gateway would let through."""
    response = by_matrix.service.handle({"httpMethod": method, "path": path})
    check(response)


@QUICK
@given(event=st.dictionaries(st.sampled_from(["httpMethod", "path", "body", "headers"]), st.none()))
def test_events_without_anything_get_an_answer(by_matrix, event):
    """Direct invokes can send what they like."""
    check(by_matrix.service.handle(event))
