"""From an environment to a service: settings, checks by digest, warm-up; and models that can't be served."""

from hashlib import sha256

import numpy as np
import onnx
import orjson
import pytest
from onnx import TensorProto, helper

from serin import settings
from serin.errors import InvalidModel, InvalidSettings, SmokeFailed
from serin.serving.limits import Limits
from serin.serving.release import open_release
from serin.serving.session import load
from serin.serving.signature import Signature, TensorSpec
from tests.unit.serving.small_models import Caller, caller, graph, matrix, tensor

ENV = {"SERIN_STAGE": "dev", "SERIN_MODEL": "m", "SERIN_BUCKET": "b", "AWS_LAMBDA_FUNCTION_VERSION": "7"}
MANIFEST = {
    "schema": 1,
    "features": [{"name": "a", "type": "float"}, {"name": "b", "type": "float"}, {"name": "c", "type": "float"}],
    "signature": load(matrix()).signature.to_dict(),
}
GOLDEN = {
    "examples": [
        {
            "inputs": [tensor("features", "FP32", [1, 3], [1, 2, 3])],
            "outputs": [tensor("score", "FP32", [1, 1], [6.0])],
        }
    ]
}


def release(artifact=None, manifest=MANIFEST, golden=GOLDEN, tamper=False, **variables):
    """Opens a release from a store that holds exactly these."""
    contents = [artifact or matrix(), orjson.dumps(manifest), orjson.dumps(golden)]
    digests = [sha256(content).hexdigest() for content in contents]
    kinds = ["artifacts", "documents", "documents"]
    store = {f"{kind}/sha256/{digest}": c for kind, digest, c in zip(kinds, digests, contents, strict=True)}
    if tamper:
        store[f"artifacts/sha256/{digests[0]}"] += b" "
    names = ("SERIN_ARTIFACT_SHA256", "SERIN_MANIFEST_SHA256", "SERIN_GOLDEN_SHA256")
    env = ENV | {"SERIN_MODEL_VERSION": "3"} | dict(zip(names, digests, strict=True)) | variables
    return open_release(settings.inference(env), lambda: store.__getitem__, lambda _, work: work())


def test_a_release_opens_and_says_which_it_is(capsys):
    """Its name, model version and Lambda version come from the environment; its metrics go to stdout."""
    service = release()
    assert (service.name, service.version, service.release) == ("m", "3", "7")
    assert service.handle({"httpMethod": "GET", "path": "/v2/health/ready"})["statusCode"] == 200
    assert orjson.loads(capsys.readouterr().out)["Release"] == "7"


@pytest.mark.parametrize(("limit", "low"), [({}, 1), ({"SERIN_CONFIDENCE_LIMIT": "0.4"}, 0)])
def test_a_classifier_is_watched_for_low_confidence(limit, low, capsys):
    """The manifest says that it is one; the output `doubled` is 0.5 at most here, and the limit 0.6 unless set."""
    service = release(manifest=MANIFEST | {"task": "classification"}, **limit)
    service.predict({"inputs": [tensor("features", "FP32", [1, 3], [0.1, 0.2, 0.25])]})
    assert capsys.readouterr().out == "", "what the release asks itself at its start is no traffic"
    caller = Caller(service)
    assert caller.infer([tensor("features", "FP32", [1, 3], [0.1, 0.2, 0.25])])[0] == 200
    line = orjson.loads(capsys.readouterr().out)
    assert (line["Predictions"], line["LowConfidence"]) == (1, low)


def test_a_model_of_another_task_has_no_low_confidence(capsys):
    """Its line has no such metric."""
    assert Caller(release()).infer([tensor("features", "FP32", [1, 3], [0.1, 0.2, 0.25])])[0] == 200
    assert "LowConfidence" not in capsys.readouterr().out


def test_a_bootstrap_release_reads_nothing():
    """Without a model version the store is not even opened."""
    service = open_release(settings.inference(ENV), lambda: pytest.fail("opened the store"), lambda _, work: work())
    assert service.handle({"httpMethod": "GET", "path": "/v2/health/ready"})["statusCode"] == 503


def test_a_changed_artifact_does_not_load():
    """Content must have the digest that its key says."""
    with pytest.raises(InvalidModel, match="digest"):
        release(tamper=True)


def test_a_wrong_golden_answer_stops_init():
    """The model never becomes ready."""
    wrong = {"examples": [GOLDEN["examples"][0] | {"outputs": [tensor("score", "FP32", [1, 1], [7.0])]}]}
    with pytest.raises(SmokeFailed, match="golden example 1: output 'score' has 6 at position 0, expected 7"):
        release(golden=wrong)


def test_a_manifest_of_another_model_stops_init():
    """Its signature must be the artifact's own."""
    with pytest.raises(InvalidModel, match="not those that its manifest declares"):
        release(manifest=MANIFEST | {"signature": {"inputs": [], "outputs": []}})


@pytest.mark.parametrize("missing", ["SERIN_STAGE", "SERIN_MODEL", "SERIN_BUCKET"])
def test_settings_name_what_is_missing(missing):
    """A sentence, not a KeyError."""
    with pytest.raises(InvalidSettings, match=missing):
        settings.inference({name: value for name, value in ENV.items() if name != missing})


def test_settings_name_what_is_no_number():
    """The same for a value of the wrong kind, and for a version without its digests."""
    with pytest.raises(InvalidSettings, match="must be a number, not 'soon'"):
        settings.inference(ENV | {"SERIN_LATENCY_BUDGET_MS": "soon"})
    with pytest.raises(InvalidSettings, match="SERIN_CONFIDENCE_LIMIT must be a number"):
        settings.inference(ENV | {"SERIN_CONFIDENCE_LIMIT": "high"})
    with pytest.raises(InvalidSettings, match="SERIN_ARTIFACT_SHA256"):
        settings.inference(ENV | {"SERIN_MODEL_VERSION": "3"})


@pytest.mark.parametrize(("memory", "threads"), [("128", 1), ("1769", 1), ("3538", 2), ("10240", 6)])
def test_threads_follow_the_memory(memory, threads):
    """1769 MB buy one CPU; there is always one thread."""
    assert settings.inference(ENV | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory}).threads == threads


def test_a_zipmap_output_is_refused_with_advice():
    """skl2onnx makes one by default."""
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    rows = np.array([[0.0], [1.0]], np.float32)
    model = to_onnx(LogisticRegression().fit(rows, [0, 1]), rows)
    with pytest.raises(InvalidModel, match="zipmap"):
        load(model.SerializeToString())


@pytest.mark.parametrize("artifact", [b"", b"not a model", b"\x80\x04\x95 pickle", matrix()[:-40]])
def test_what_is_no_onnx_model_is_refused(artifact):
    """InvalidModel with ONNX Runtime's first line."""
    with pytest.raises(InvalidModel, match="can't load the model"):
        load(artifact)


@pytest.mark.parametrize("location", ["/etc/hostname", "../weights", "weights"])
def test_external_data_is_refused(location, tmp_path, monkeypatch):
    """An artifact is one self-contained file, whatever lies beside it."""
    (tmp_path / "weights").write_bytes(bytes(4))
    monkeypatch.chdir(tmp_path)
    weights = helper.make_tensor("w", TensorProto.FLOAT, [1], bytes(4), raw=True)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=location)
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    model = onnx.load_from_string(graph(nodes, [("x", "FP32", [1])], [("y", "FP32", [1])]))
    model.graph.initializer.append(weights)
    with pytest.raises(InvalidModel):
        load(model.SerializeToString())


def test_a_signature_survives_its_document():
    """to_dict and from_dict are inverse; null is a free dimension."""
    signature = load(matrix()).signature
    assert Signature.from_dict(signature.to_dict()) == signature
    free = TensorSpec.from_dict({"name": "x", "datatype": "FP32", "shape": [None, 2]})
    assert free.shape == (-1, 2)


@pytest.mark.parametrize(
    "document",
    [{}, {"inputs": 1, "outputs": []}, {"inputs": [{}], "outputs": []}, {"inputs": [7], "outputs": []},
     {"inputs": [{"name": "x", "datatype": "BF16", "shape": [1]}], "outputs": []}],
)  # fmt: skip
def test_unreadable_signatures_are_refused(document):
    """InvalidModel, never a KeyError."""
    with pytest.raises(InvalidModel):
        Signature.from_dict(document)


@pytest.mark.parametrize("manifest", [{}, {"features": [{}]}, {"features": [], "serving": {"max_rows": "many"}}])
def test_unreadable_limits_are_refused(manifest):
    """InvalidModel, never a KeyError."""
    with pytest.raises(InvalidModel):
        Limits.from_manifest(manifest)


def test_columns_are_matched_with_features_by_name():
    """A column whose feature is nullable takes a missing value, its neighbour does not."""
    nodes = [helper.make_node("Add", ["a", "b"], ["y"])]
    artifact = graph(nodes, [("a", "FP32", [None, 1]), ("b", "FP32", [None, 1])], [("y", "FP32", [None, 1])])
    columns = caller(artifact, Limits((("b", True), ("a", False))))
    a, b = (lambda v: tensor("a", "FP32", [1, 1], [v])), (lambda v: tensor("b", "FP32", [1, 1], [v]))
    assert columns.infer([a(1), b(None)])[0] == 200
    assert "'a' has a missing value" in columns.refused([a(None), b(1)])


def test_an_undeclared_shape_takes_any():
    """A graph may leave even the number of dimensions open."""
    artifact = graph([helper.make_node("Identity", ["x"], ["y"])], [("x", "FP32", None)], [("y", "FP32", None)])
    for shape in ([2], [1, 2], [2, 1, 1]):
        status, answer = caller(artifact).infer([tensor("x", "FP32", shape, [1, 2])])
        assert (status, answer["outputs"][0]["shape"]) == (200, shape)
