"""Inference with binary tensors, by the request builder and the response parser of an unmodified tritonclient."""

import base64
import gzip
import zlib

import numpy as np
import orjson
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

from tests.unit.serving.small_models import ONNX_TYPES, caller, identity

ROW = np.array([[1, 2, 3]], np.float32)


def triton_input(name, array, datatype, binary=True):
    return InferInput(name, list(array.shape), datatype).set_data_from_numpy(array, binary_data=binary)


def ask(to, inputs, outputs=None, headers=None, **more):
    """As tritonclient.http does: the JSON's length only when binary data follows."""
    body, json_size = InferenceServerClient.generate_request_body(inputs, outputs=outputs, **more)
    length = {} if json_size is None else {"Inference-Header-Content-Length": str(json_size)}
    return to.send(bytes(body), length | (headers or {}))


def read(response):
    assert response["statusCode"] == 200, response["body"]
    body = response["body"].encode()
    if response["isBase64Encoded"]:
        body = base64.b64decode(body)
    length = response["headers"].get("Inference-Header-Content-Length")
    return InferenceServerClient.parse_response_body(body, header_length=length and int(length))


def expected(array):
    """tritonclient gives BYTES as bytes objects when they came in binary."""
    return np.array([[s.encode() for s in row] for row in array], object) if array.dtype == object else array


@pytest.mark.parametrize("datatype", ONNX_TYPES)
def test_every_datatype_survives_tritonclients_defaults(datatype, values):
    """Its defaults are binary in both directions."""
    sent = values(datatype)
    response = ask(caller(identity(datatype)), [triton_input("x", sent, datatype)])
    assert response["headers"]["Content-Type"] == "application/octet-stream"
    assert np.array_equal(read(response).as_numpy("y"), expected(sent))


@pytest.mark.parametrize("accept", ["*/*", "application/json, application/octet-stream", ""])
def test_who_does_not_accept_binary_first_gets_json(accept, values):
    """API Gateway would hand such a client the base64 of a binary answer, which it can't read."""
    sent = values("FP32")
    response = ask(caller(identity("FP32")), [triton_input("x", sent, "FP32")], headers={"Accept": accept})
    assert response["headers"]["Content-Type"] == "application/json"
    assert np.array_equal(read(response).as_numpy("y"), sent)


def test_all_datatypes_in_one_request(every_type, values):
    """Each tensor gets its own part of the binary data, whatever lies before it."""
    sent = {t: values(t) for t in ONNX_TYPES}
    result = read(ask(every_type, [triton_input(f"in_{t}", sent[t], t) for t in sent]))
    for t, array in sent.items():
        assert np.array_equal(result.as_numpy(f"out_{t}"), expected(array)), t


def test_json_and_binary_tensors_mix_in_both_directions(every_type, values):
    """Every second input in JSON, every third output in binary."""
    inputs = [triton_input(f"in_{t}", values(t), t, n % 2 == 0) for n, t in enumerate(ONNX_TYPES)]
    outputs = [InferRequestedOutput(f"out_{t}", binary_data=n % 3 == 0) for n, t in enumerate(ONNX_TYPES)]
    result = read(ask(every_type, inputs, outputs))
    for n, t in enumerate(ONNX_TYPES):
        want = expected(values(t)) if n % 3 == 0 else values(t)
        got = result.as_numpy(f"out_{t}")
        if t == "BYTES":
            got = np.vectorize(lambda s: s.decode() if isinstance(s, bytes) else s, otypes=[object])(got)
            want = values(t)
        assert np.array_equal(got, want), t


def test_outputs_choose_their_form_over_the_requests_default(by_matrix):
    """binary_data of an output wins over binary_data_output of the request."""
    body = orjson.dumps(
        {
            "inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]}],
            "outputs": [{"name": "score", "parameters": {"binary_data": False}}, {"name": "doubled"}],
            "parameters": {"binary_data_output": True},
        }
    )
    result = read(by_matrix.send(body))
    assert result.get_output("score")["data"] == [6.0]
    assert result.get_output("doubled")["parameters"] == {"binary_data_size": 12}


def test_json_answers_are_plain_text(by_matrix):
    """Nothing is base64 when the caller asked for no binary output."""
    outputs = [InferRequestedOutput("score", binary_data=False)]
    response = ask(by_matrix, [triton_input("features", ROW, "FP32")], outputs, request_id="x")
    assert not response["isBase64Encoded"]
    assert "Inference-Header-Content-Length" not in response["headers"]
    assert read(response).get_response()["id"] == "x"


def test_a_nan_in_binary_is_held_to_the_manifest(by_matrix):
    """Feature b may be missing, feature c may not, and infinity never passes."""
    for row, status in ([1, np.nan, 3], 200), ([1, 2, np.nan], 400), ([1, np.inf, 3], 400):
        response = ask(by_matrix, [triton_input("features", np.array([row], np.float32), "FP32")])
        assert response["statusCode"] == status


@pytest.mark.parametrize("name", ["Inference-Header-Content-Length", "inference-header-content-length"])
def test_header_names_have_no_case(by_matrix, name):
    """HTTP/2 sends them in lower case."""
    body, size = InferenceServerClient.generate_request_body([triton_input("features", ROW, "FP32")])
    assert by_matrix.send(body, {name: str(size), "content-type": "Application/Octet-Stream; x=y"})["statusCode"] == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compressed_requests_are_read(by_matrix, encoding):
    """tritonclient's two algorithms; the header length counts inflated bytes."""
    body, size = InferenceServerClient.generate_request_body([triton_input("features", ROW, "FP32")])
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    headers = {"Inference-Header-Content-Length": str(size), "Content-Encoding": encoding}
    assert by_matrix.send(packed, headers)["statusCode"] == 200
    assert by_matrix.send(packed[:-3], headers)["statusCode"] == 400
    assert by_matrix.send(packed + b"x", headers)["statusCode"] == 400
    assert by_matrix.send(b"plain", headers)["statusCode"] == 400
    assert by_matrix.send("plain", headers)["statusCode"] == 400
    assert by_matrix.send(body, headers | {"Content-Encoding": "br"})["statusCode"] == 415


def test_a_compressed_bomb_is_refused(by_matrix):
    """20 MB of zeros in 20 KB stop at 10 MB."""
    bomb = zlib.compress(bytes(20_000_000))
    assert by_matrix.send(bomb, {"Content-Encoding": "deflate"})["statusCode"] == 413


def binary_body(size=12, data=bytes(12), tensor=None):
    fields = {"name": "features", "datatype": "FP32", "shape": [1, 3], "parameters": {"binary_data_size": size}}
    text = orjson.dumps({"inputs": [fields | (tensor or {})]})
    return text + data, {"Inference-Header-Content-Length": str(len(text))}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (binary_body(), None),
        (binary_body(8, bytes(8)), "8 bytes of binary data, but its shape [1, 3] as FP32 needs 12"),
        (binary_body(12, bytes(11)), "ends inside input 'features'"),
        (binary_body(12, bytes(13)), "13 bytes of binary data, but its inputs declare 12"),
        (binary_body(-1), "must be a whole number"),
        (binary_body("12"), "must be a whole number"),
        (binary_body(True), "must be a whole number"),
        (binary_body(12, tensor={"data": [1, 2, 3]}), "both 'data' and 'binary_data_size'"),
        ((binary_body()[0], {"Inference-Header-Content-Length": "9999"}), "but the body has"),
        ((binary_body()[0], {"Inference-Header-Content-Length": "0"}), "is 0"),
        ((binary_body()[0], {"Inference-Header-Content-Length": "-4"}), "must be a whole number"),
        ((binary_body()[0], {"Inference-Header-Content-Length": "٣"}), "must be a whole number"),
        ((binary_body()[0], {"Inference-Header-Content-Length": "5"}), "not JSON"),
        ((binary_body()[0], {}), "not JSON"),
        ((binary_body(12, b"")[0], {}), "Inference-Header-Content-Length is missing"),
        ((binary_body()[0].decode() + "\ufffd", binary_body()[1]), "read as text on its way"),
    ],
)
def test_lengths_must_add_up(by_matrix, body, words):
    """400 for every way in which the JSON and the bytes disagree."""
    response = by_matrix.send(*body)
    answer = orjson.loads(response["body"])
    assert response["statusCode"] == (200 if words is None else 400)
    assert words is None or words in answer["error"]


@pytest.mark.parametrize(
    ("datatype", "raw", "words"),
    [
        ("BYTES", b"\x01\0\0\0a", "1 strings, but its shape [1, 2] needs 2"),
        ("BYTES", b"\x01\0\0\0a\x09\0\0\0b", "ends inside a string"),
        ("BYTES", b"\x01\0\0\0a\x09\0", "ends inside a string"),
        ("BYTES", b"\x01\0\0\0a\x01\0\0\0\xff", "not UTF-8"),
        ("BYTES", b"\xff\xff\xff\xff", "ends inside a string"),
        ("BOOL", b"\x01\x02", "must be 0 or 1"),
    ],
)
def test_broken_binary_values_are_refused(datatype, raw, words):
    """Strings that don't end and booleans that are none."""
    text = orjson.dumps(
        {"inputs": [{"name": "x", "datatype": datatype, "shape": [1, 2], "parameters": {"binary_data_size": len(raw)}}]}
    )
    response = caller(identity(datatype)).send(text + raw, {"Inference-Header-Content-Length": str(len(text))})
    assert response["statusCode"] == 400
    assert words in response["body"]
