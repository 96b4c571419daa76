"""What a release says of itself, and what it answers where nothing is."""

import tomllib
from pathlib import Path

import pytest

from serin.serving.protocol import SERVER_VERSION, infer_event
from serin.serving.service import Service
from tests.unit.serving.small_models import Caller


@pytest.fixture
def bootstrap():
    return Caller(Service.without_release("m", "1"))


def test_the_server_advertises_binary_tensors(by_matrix):
    """tritonclient users look for this extension."""
    status, page = by_matrix.get("/v2")
    assert (status, page["name"], page["extensions"]) == (200, "serin", ["binary_tensor_data"])


def test_the_servers_version_is_the_projects():
    """Lambda has no package metadata to ask, so the constant must keep up with pyproject.toml."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert project["version"] == SERVER_VERSION


@pytest.mark.parametrize("path", ["/v2/models/m", "/v2/models/m/versions/3", "/base/path/v2/models/m/"])
def test_model_metadata_is_the_signature(by_matrix, path):
    """With and without a version, and behind a custom domain's base path."""
    status, page = by_matrix.get(path)
    assert status == 200
    assert (page["name"], page["versions"], page["platform"]) == ("m", ["3"], "onnxruntime_onnx")
    assert page["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 3]}]
    assert [output["name"] for output in page["outputs"]] == ["score", "doubled"]


@pytest.mark.parametrize(
    "path", ["/v2/health/live", "/v2/health/ready", "/v2/models/m/ready", "/v2/models/m/versions/3/ready"]
)
def test_a_loaded_release_is_live_and_ready(by_matrix, path):
    """All four ways to ask."""
    assert by_matrix.get(path)[0] == 200


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v2/models/other", "no model 'other'"),
        ("/v2/models/m/versions/4", "serves version 3, not '4'"),
        ("/v2/models/m/versions/03/ready", "serves version 3, not '03'"),
        ("/v2/models/m/infer", "nothing answers GET"),
        ("/v2/models/m/versions", "nothing answers"),
        ("/v2/models", "nothing answers"),
        ("/", "nothing answers"),
        ("", "nothing answers"),
    ],
)
def test_what_is_not_there_is_404(by_matrix, path, words):
    """The sentence names what was asked for and no other model."""
    status, answer = by_matrix.get(path)
    assert status == 404
    assert words in answer["error"]


@pytest.mark.parametrize("path", ["/v2/health/ready", "/v2/models/m", "/v2/models/m/ready", "/v2/models/m/versions/1"])
def test_a_bootstrap_release_is_not_ready(bootstrap, path):
    """503, with the command that changes it."""
    assert bootstrap.get(path) == (503, {"error": "'m' has no release yet: run `serin deploy m@N`"})


def test_a_bootstrap_release_is_alive_but_infers_nothing(bootstrap):
    """Health and server metadata need no model; inference does."""
    assert bootstrap.get("/v2/health/live")[0] == 200
    assert bootstrap.get("/v2")[0] == 200
    assert bootstrap.get("/v2/models/other")[0] == 404
    assert bootstrap.send("{}")["statusCode"] == 503


def test_inference_on_its_version_path(by_matrix):
    """The version of the release answers, any other is not there."""
    assert by_matrix.send("{}", path="/v2/models/m/versions/3/infer")["statusCode"] == 400
    assert by_matrix.send("{}", path="/v2/models/m/versions/2/infer")["statusCode"] == 404
    assert by_matrix.send("{}", path="/base/v2/models/m/infer")["statusCode"] == 400


def test_other_media_types_are_415(by_matrix):
    """curl -d without a header sends a form."""
    response = by_matrix.send("a=b", {"Content-Type": "application/x-www-form-urlencoded"})
    assert response["statusCode"] == 415
    assert "send application/json" in response["body"]


def test_requests_over_lambdas_limit_are_413(by_matrix):
    """Also when they come around the gateway."""
    assert by_matrix.send("x" * 6_300_000)["statusCode"] == 413


def test_answers_over_lambdas_limit_are_413():
    """A client whose few rows give much output gets a sentence, not the gateway's 502."""
    from onnx import TensorProto, helper

    from tests.unit.serving.small_models import caller, graph

    width = helper.make_tensor("s", TensorProto.INT64, [2], [1, 2_000_000])
    shape = helper.make_node("Constant", [], ["s"], value=width)
    nodes = [shape, helper.make_node("Expand", ["x", "s"], ["y"])]
    wide = caller(graph(nodes, [("x", "FP32", ["N", 1])], [("y", "FP32", ["N", None])]))
    inputs = [{"name": "x", "datatype": "FP32", "shape": [1, 1], "data": [0.5]}]
    for binary in (False, True):
        status, answer = wide.infer(inputs, parameters={"binary_data_output": binary})
        assert status == 413
        assert "fewer rows" in answer["error"]


def test_the_smoke_checks_event_is_one_that_infers(by_matrix):
    """deploy calls a release directly with it."""
    event = infer_event("m", '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}')
    assert by_matrix.service.handle(event)["statusCode"] == 200
