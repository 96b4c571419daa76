"""Inference in JSON: what goes in, what comes out, what is refused and in which words."""

from pathlib import Path

import numpy as np
import orjson
import pytest

from serin.serving.limits import Limits
from tests.unit.serving.small_models import ONNX_TYPES, caller, graph, identity, tensor


def features(shape, data, datatype="FP32"):
    return [tensor("features", datatype, shape, data)]


def test_an_answer_says_who_gave_it(by_matrix):
    """Model, version, release and the caller's id come back with the outputs."""
    status, answer = by_matrix.infer(features([1, 3], [1, 2, 3]), id="call-1")
    assert status == 200
    assert {key: answer[key] for key in ("model_name", "model_version", "id", "parameters")} == {
        "model_name": "m", "model_version": "3", "id": "call-1", "parameters": {"release": "7"},
    }  # fmt: skip
    assert answer["outputs"] == [
        {"name": "score", "datatype": "FP32", "shape": [1, 1], "data": [6.0]},
        {"name": "doubled", "datatype": "FP32", "shape": [1, 3], "data": [2.0, 4.0, 6.0]},
    ]


def test_without_an_id_none_comes_back(by_matrix):
    """The key is absent rather than null."""
    assert "id" not in by_matrix.infer(features([1, 3], [1, 2, 3]))[1]


def test_nested_and_flat_data_are_the_same(by_matrix):
    """The protocol allows both; a batch keeps its order."""
    flat = by_matrix.infer(features([2, 3], [1, 2, 3, 4, 5, 6]))
    nested = by_matrix.infer(features([2, 3], [[1, 2, 3], [4, 5, 6]]))
    assert flat == nested
    assert flat[1]["outputs"][0]["data"] == [6.0, 15.0]


def test_only_requested_outputs_come_back_in_the_requested_order(by_matrix):
    """An empty list means all of them, as an absent one does."""
    wanted = [{"name": "doubled"}]
    answer = by_matrix.infer(features([1, 3], [1, 2, 3]), outputs=wanted)[1]
    assert [output["name"] for output in answer["outputs"]] == ["doubled"]
    assert len(by_matrix.infer(features([1, 3], [1, 2, 3]), outputs=[])[1]["outputs"]) == 2
    swapped = by_matrix.infer(features([1, 3], [1, 2, 3]), outputs=[{"name": "doubled"}, {"name": "score"}])[1]
    assert [len(output["data"]) for output in swapped["outputs"]] == [3, 1]


@pytest.mark.parametrize("datatype", ONNX_TYPES)
def test_every_datatype_survives_json(datatype, values):
    """Two by two values, extremes among them, come back as they went."""
    sent = values(datatype)
    status, answer = caller(identity(datatype)).infer([tensor("x", datatype, [2, 2], sent.ravel().tolist())])
    assert status == 200, answer
    output = answer["outputs"][0]
    assert (output["datatype"], output["shape"]) == (datatype, [2, 2])
    assert np.array_equal(np.array(output["data"], sent.dtype), sent.ravel())


def test_many_inputs_in_any_order(every_type, values):
    """13 inputs of 13 datatypes in one request, the last first."""
    inputs = [tensor(f"in_{t}", t, [2, 2], values(t).tolist()) for t in reversed(ONNX_TYPES)]
    status, answer = every_type.infer(inputs)
    assert status == 200, answer
    assert [output["name"] for output in answer["outputs"]] == [f"out_{t}" for t in ONNX_TYPES]


def test_one_input_per_column(by_columns):
    """A pipeline made from a DataFrame takes floats and strings side by side."""
    delay = tensor("dep_delay", "FP32", [2, 1], [1.0, 40.0])
    carrier = tensor("carrier", "BYTES", [2, 1], ["AA", "UA"])
    status, answer = by_columns.infer([carrier, delay])
    assert status == 200, answer
    assert answer["outputs"][0]["data"] == [0, 1]


def test_the_sample_event_of_columns_is_answered(by_columns):
    """events/infer-columns.json, as API Gateway sends it."""
    event = orjson.loads((Path(__file__).parents[3] / "events" / "infer-columns.json").read_bytes())
    response = by_columns.service.handle(event)
    assert response["statusCode"] == 200
    assert orjson.loads(response["body"])["outputs"][0]["data"] == [0, 1]


def test_a_matrix_of_one_feature_follows_that_feature():
    """Its name need not be the feature's."""
    from onnx import helper

    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    model = graph(nodes, [("x", "FP32", [None, 1])], [("y", "FP32", [None, 1])])
    for nullable, status in (True, 200), (False, 400):
        single = caller(model, Limits((("a", nullable),)))
        assert single.infer([tensor("x", "FP32", [1, 1], [None])])[0] == status


def test_columns_must_have_equal_rows(by_columns):
    """Two delays and one carrier are no batch."""
    delay = tensor("dep_delay", "FP32", [2, 1], [1.0, 40.0])
    assert "'carrier' has 1 rows where another has 2" in by_columns.refused(
        [delay, tensor("carrier", "BYTES", [1, 1], ["AA"])]
    )


def test_nan_and_infinity_in_an_output_are_null():
    """The answer stays JSON: null is what JSON has for a number that is none."""
    from onnx import helper

    nodes = [helper.make_node("Div", ["x", "y"], ["z"])]
    model = graph(nodes, [("x", "FP32", ["N"]), ("y", "FP32", ["N"])], [("z", "FP32", ["N"])])
    status, answer = caller(model).infer([tensor("x", "FP32", [3], [0, 1, 1]), tensor("y", "FP32", [3], [0, 0, 2])])
    assert (status, answer["outputs"][0]["data"]) == (200, [None, None, 0.5])


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (features([1, 3], [1, 2]), "2 values, but its shape [1, 3] needs 3"),
        (features([1, 4], [1, 2, 3, 4]), "the model takes [-1, 3]"),
        (features([3], [1, 2, 3]), "the model takes [-1, 3]"),
        (features([0, 3], []), "whole numbers from 1 up"),
        (features([-1, 3], [1, 2, 3]), "whole numbers from 1 up"),
        (features([True, 3], [1, 2, 3]), "whole numbers from 1 up"),
        (features("3", [1, 2, 3]), "whole numbers from 1 up"),
        (features([1e3, 3], [1, 2, 3]), "whole numbers from 1 up"),
        (features([[1], 3], [1, 2, 3]), "whole numbers from 1 up"),
        (features([None, 3], [1, 2, 3]), "whole numbers from 1 up"),
        (features([1] * 65, [1]), "up to 64 whole numbers"),
        (features([2, 3], [[1, 2, 3], [1, 2]]), "ragged"),
        (features([2, 3], [[1, 2, 3], 4]), "ragged"),
        (features([1, 3], [[[1], [2], [3]]]), "must be numbers only"),
        (features([2, 3], [[1, 2, 3]]), "does not follow its shape"),
        (features([1, 3], ["1", "2", "3"]), "must be numbers only"),
        (features([1, 3], [1, True, 3]), "must be numbers only"),
        (features([1, 3], [1, {}, 3]), "must be numbers only"),
        (features([1, 3], None), "needs 'data'"),
        (features([1, 3], [1, 2, 3], "FP64"), "must be FP32, not FP64"),
        (features([1, 3], [1, 2, 3], "fp32"), "must be FP32, not fp32"),
        (features([1, 3], [1, 2, 3], ["FP32"]), "must be FP32"),
        (features([1, 3], [1e39, 2, 3]), "infinite value, or one beyond FP32"),
        (features([1, 3], [None, 2, 3]), "missing value (NaN or null) in row 0 for feature 'a'"),
        (features([2, 3], [1, 2, 3, 4, 5, None]), "in row 1 for feature 'c'"),
        (features([6, 3], [1] * 18), "6 rows: 5 are allowed"),
        (features([1, 3], [1, 2, 3]) * 2, "given twice"),
        ([tensor("other", "FP32", [1, 3], [1, 2, 3])], "unknown input 'other': the model takes features"),
        ([], "lacks input 'features'"),
        ([7], "must be an object with a 'name'"),
        ("features", "'inputs', an array"),
    ],
)
def test_what_does_not_fit_the_signature_is_refused(by_matrix, inputs, words):
    """400 with a sentence that says what and where; the session is never called."""
    assert words in by_matrix.refused(inputs)


@pytest.mark.parametrize("shape", [[True, 3], [1.0, 3], [1, 3.0]])
def test_a_shape_is_refused_whatever_was_asked_before(by_matrix, shape):
    """Shapes are remembered: what equals a good one, and is of another type, is not taken for it."""
    assert by_matrix.infer(features([1, 3], [1, 2, 3]))[0] == 200
    assert "whole numbers from 1 up" in by_matrix.refused(features(shape, [1, 2, 3]))


def test_more_dimensions_than_an_array_has_are_refused():
    """Also where the model declares no shape, and would take any."""
    from onnx import helper

    node = helper.make_node("Identity", ["x"], ["y"])
    to = caller(graph([node], [("x", "FP32", None)], [("y", "FP32", None)]))
    assert to.infer([tensor("x", "FP32", [1] * 64, [1])])[0] == 200
    assert "up to 64 whole numbers" in to.refused([tensor("x", "FP32", [1] * 65, [1])])


@pytest.mark.parametrize("name", ["", "x"])
def test_a_header_of_no_meaning_means_nothing(by_matrix, name):
    """Whatever it is called, and also with no name at all."""
    body = orjson.dumps({"inputs": features([1, 3], [1, 2, 3])}).decode()
    assert by_matrix.send(body, {name: "gzip"})["statusCode"] == 200


def test_a_missing_value_is_fine_where_the_manifest_allows_it(by_matrix):
    """Feature b is nullable; null means NaN, and NaN goes back as null."""
    status, answer = by_matrix.infer(features([1, 3], [1, None, 3]))
    assert (status, answer["outputs"][1]["data"]) == (200, [2.0, None, 6.0])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"outputs": [{"name": "other"}]}, "unknown output 'other': the model gives score, doubled"),
        ({"outputs": [{"name": "score"}, {"name": "score"}]}, "requested twice"),
        ({"outputs": {"name": "score"}}, "must be an array"),
        ({"outputs": [{"name": "score", "parameters": {"classification": 2}}]}, "not supported"),
        ({"outputs": [{"name": "score", "parameters": {"binary_data": 1}}]}, "must be true or false"),
        ({"parameters": {"binary_data_output": "yes"}}, "must be true or false"),
        ({"parameters": []}, "must be an object"),
        ({"id": 7}, "'id' must be a string"),
    ],
)
def test_what_does_not_fit_the_protocol_is_refused(by_matrix, more, words):
    """400 for outputs, parameters and ids that the protocol does not know."""
    assert words in by_matrix.refused(features([1, 3], [1, 2, 3]), **more)


@pytest.mark.parametrize(
    ("datatype", "data"),
    [
        ("UINT8", [[256, 0], [0, 0]]), ("INT64", [[2**63, 0], [0, 0]]), ("UINT16", [[-1, 0], [0, 0]]),
        ("INT32", [[1.0, 0], [0, 0]]), ("BOOL", [[1, 0], [0, 0]]), ("BYTES", [[1, "a"], ["b", "c"]]),
        ("BYTES", [[None, "a"], ["b", "c"]]), ("FP16", [[70000, 0], [0, 0]]), ("INT8", [[None, 0], [0, 0]]),
    ],
)  # fmt: skip
def test_values_outside_a_datatype_are_refused(datatype, data):
    """No value is rounded, wrapped or turned into another to make it fit."""
    assert "input 'x'" in caller(identity(datatype)).refused([tensor("x", datatype, [2, 2], data)])


def test_over_long_strings_are_refused():
    """The limit counts UTF-8 bytes, not characters."""
    short = caller(identity("BYTES"), Limits(max_string_bytes=4))
    assert short.infer([tensor("x", "BYTES", [1, 1], ["日1"])])[0] == 200
    assert "6 bytes: 4 are allowed" in short.refused([tensor("x", "BYTES", [1, 1], ["日日"])])


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"inputs": NaN}', "\ud800", "{}", "[" * 5000])
def test_broken_json_is_refused(by_matrix, body):
    """400, never a stack trace."""
    response = by_matrix.send(body)
    assert response["statusCode"] == 400
    assert set(orjson.loads(response["body"])) == {"error"}


def test_values_that_break_the_graph_are_the_callers_fault():
    """An index out of range passes the signature and fails in a kernel: 400, with nothing of the graph in it."""
    from onnx import TensorProto, helper

    table = helper.make_node("Constant", [], ["t"], value=helper.make_tensor("t", TensorProto.FLOAT, [2], [5.0, 6.0]))
    model = graph(
        [table, helper.make_node("Gather", ["t", "i"], ["y"])], [("i", "INT64", ["N"])], [("y", "FP32", ["N"])]
    )
    indexes = caller(model)
    assert indexes.infer([tensor("i", "INT64", [1], [1])])[1]["outputs"][0]["data"] == [6.0]
    sentence = indexes.refused([tensor("i", "INT64", [1], [9])])
    assert "can't run on these values" in sentence
    assert "Gather" not in sentence
