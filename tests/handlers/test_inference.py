"""The deployed module, from its environment and S3 to its answers to real API Gateway events."""

import base64
import importlib
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import orjson
import pytest
from moto.server import ThreadedMotoServer
from onnx import TensorProto, helper

from serin.drift.baseline import Baseline
from serin.errors import InvalidModel, NotFound
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.receipts import client_tag, read
from serin.serving.session import load

ROOT = Path(__file__).parents[2]
ENV = {
    "SERIN_STAGE": "dev", "SERIN_MODEL": "flights", "SERIN_BUCKET": "artifacts", "SERIN_TABLE": "registry",
    "AWS_LAMBDA_FUNCTION_VERSION": "7", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
}  # fmt: skip

ANSWERS = {
    "infer-json": 200, "infer-version": 200, "infer-binary": 200, "infer-base64-json": 200, "health-live": 200,
    "health-ready": 200, "server-metadata": 200, "model-metadata": 200, "model-ready": 200, "unknown-model": 404,
    "unknown-version": 404, "unknown-path": 404, "bad-json": 400, "bad-media-type": 415, "bad-header-length": 400,
    "wrong-shape": 400, "wrong-datatype": 400, "missing-value": 400, "infer-columns": 404,
}  # fmt: skip


def event(name):
    return orjson.loads((ROOT / "events" / f"{name}.json").read_bytes())


def artifact():
    """Three features, doubled."""
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 3]) for name in ("features", "doubled")]
    graph = helper.make_graph([helper.make_node("Add", ["features"] * 2, ["doubled"])], "g", tensors[:1], tensors[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def sketch(features):
    layout = {feature["name"]: ("features", place) for place, feature in enumerate(features)}
    columns = {name: np.arange(100, dtype=np.float32) * (place + 1) for name, (_, place) in layout.items()}
    return Baseline.of(columns, layout=layout).to_bytes()


def store(s3, kind, content):
    digest = sha256(content).hexdigest()
    s3.put_object(Bucket="artifacts", Key=f"{kind}/sha256/{digest}", Body=content)
    return digest


def environment(s3):
    model = artifact()
    features = [{"name": name, "type": "float"} for name in ("dep_delay", "month", "distance")]
    manifest = {"features": features, "signature": load(model).signature.to_dict()}
    sides = ("inputs", "features", [1, 2, 3]), ("outputs", "doubled", [2, 4, 6])
    example = {side: [{"name": n, "datatype": "FP32", "shape": [1, 3], "data": d}] for side, n, d in sides}
    return {
        "SERIN_MODEL_VERSION": "3",
        "SERIN_ARTIFACT_SHA256": store(s3, "artifacts", model),
        "SERIN_MANIFEST_SHA256": store(s3, "documents", orjson.dumps(manifest)),
        "SERIN_GOLDEN_SHA256": store(s3, "documents", orjson.dumps({"examples": [example]})),
        "SERIN_SKETCH_SHA256": store(s3, "documents", sketch(features)),
    }


@pytest.fixture(scope="module")
def aws():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(aws, monkeypatch):
    """Over HTTP: an init reads without boto3, which moto's patches are for."""
    import boto3

    for name, value in {**ENV, "AWS_ENDPOINT_URL": aws}.items():
        monkeypatch.setenv(name, value)
    urlopen(Request(f"{aws}/moto-api/reset", method="POST")).close()
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="artifacts")
    return s3


def start(monkeypatch, variables):
    """A fresh init, as every sandbox has one."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "inference", raising=False)
    return importlib.import_module("inference").handler


def test_every_sample_event_gets_its_answer(bucket, monkeypatch):
    """events/ holds one file per kind of request, and each has its status here."""
    handler = start(monkeypatch, environment(bucket))
    assert {name: handler(event(name), None)["statusCode"] for name in ANSWERS} == ANSWERS


def test_answers_hold_what_was_asked(bucket, monkeypatch):
    """JSON in, JSON out with the id; binary in, binary out."""
    handler = start(monkeypatch, environment(bucket))
    answer = orjson.loads(handler(event("infer-json"), None)["body"])
    assert (answer["id"], answer["outputs"][0]["data"]) == ("flight-1545", [4.0, 22.0, 2800.0, 80.0, 10.0, 1438.0])
    response = handler(event("infer-binary"), None)
    body = base64.b64decode(response["body"])[int(response["headers"]["Inference-Header-Content-Length"]) :]
    assert np.frombuffer(body, "<f4").tolist() == [4.0, 22.0, 2800.0]


def test_with_a_key_each_answer_carries_a_receipt(bucket, monkeypatch):
    """JSON and binary alike; who asked is in it as a tag."""
    import boto3

    secret = boto3.client("secretsmanager").create_secret(
        Name="k", SecretString=orjson.dumps({"key": "x" * 64}).decode()
    )
    handler = start(monkeypatch, environment(bucket) | {"SERIN_RECEIPT_SECRET": secret["ARN"]})
    ring = Keyring(Key("x" * 64))
    response = handler(event("infer-binary"), None)
    head = base64.b64decode(response["body"])[: int(response["headers"]["Inference-Header-Content-Length"])]
    for document in (orjson.loads(handler(event("infer-json"), None)["body"]), orjson.loads(head)):
        receipt = read(document["parameters"]["receipt"], ring)
        assert (receipt.model, receipt.version, receipt.release) == ("flights", 3, "7")
        assert receipt.client == client_tag(event("infer-json")["requestContext"]["identity"]["apiKeyId"])


def test_a_key_that_can_not_be_read_fails_init(bucket, monkeypatch):
    """A release that could not sign never becomes live."""
    with pytest.raises(NotFound):
        start(monkeypatch, environment(bucket) | {"SERIN_RECEIPT_SECRET": "nowhere"})


def test_without_a_model_version_it_says_what_to_run(bucket, monkeypatch):
    """The bootstrap release starts, and explains itself."""
    response = start(monkeypatch, {})(event("infer-json"), None)
    assert response["statusCode"] == 503
    assert "run `serin deploy flights@N`" in response["body"]


@pytest.mark.parametrize("part", ["ARTIFACT", "MANIFEST", "GOLDEN", "SKETCH"])
def test_a_missing_part_fails_init(bucket, monkeypatch, part):
    """Lambda then reports an init error, which says what is missing, and the release can't become live."""
    with pytest.raises(NotFound, match=f"{'0' * 64} can't be read: NoSuchKey"):
        start(monkeypatch, environment(bucket) | {f"SERIN_{part}_SHA256": "0" * 64})


def test_an_altered_artifact_fails_init(bucket, monkeypatch):
    """What is stored under a digest must have it."""
    variables = environment(bucket)
    key = f"artifacts/sha256/{variables['SERIN_ARTIFACT_SHA256']}"
    bucket.put_object(Bucket="artifacts", Key=key, Body=artifact() + b"x")
    with pytest.raises(InvalidModel, match="does not have the digest"):
        start(monkeypatch, variables)


def test_init_imports_only_what_it_needs():
    """No scipy, pydantic or onnx ever; boto3 and onnxruntime only once there is a model to load."""
    heavy = ("scipy", "pydantic", "onnx", "pandas", "aws_lambda_powertools", "boto3", "botocore", "onnxruntime")
    code = f"import sys, inference; print([name for name in {heavy} if name in sys.modules])"
    env = os.environ | ENV | {"PYTHONPATH": str(ROOT / "functions"), "SERIN_RECEIPT_SECRET": "arn"}
    for name in ("SERIN_MODEL_VERSION", "AWS_LAMBDA_RUNTIME_API"):
        env.pop(name, None)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_up_to_the_first_response_there_is_no_boto3(bucket):
    """Nor anything else that takes its time, with a model, receipts, capture and review; nothing is captured of it.
    What was seen is written without it, too."""
    import boto3

    key = boto3.client("secretsmanager").create_secret(Name="key", SecretString=Keyring(Key("x" * 64)).to_json())
    heavy = (
        "boto3", "botocore", "urllib3", "requests", "scipy", "pandas", "pydantic", "onnx", "aws_lambda_powertools",
        "jinja2", "asyncio", "numpy.ma", "http.client", "email.parser", "ssl",
    )  # fmt: skip
    code = (
        "import json, sys, inference\n"
        f"answer = inference.handler(json.load(open({str(ROOT / 'events/infer-json.json')!r})), None)\n"
        "inference.service.close()\n"
        f"print('receipt' in answer['body'], [name for name in {heavy} if name in sys.modules])"
    )
    env = os.environ | environment(bucket) | {
        "PYTHONPATH": str(ROOT / "functions"), "SERIN_RECEIPT_SECRET": key["ARN"], "SERIN_CAPTURE_STREAM": "stream",
        "SERIN_CAPTURE_SHARE": "1e-9", "SERIN_REVIEW_QUEUE": "queue", "SERIN_BUDGETED": "true",
    }  # fmt: skip
    env.pop("AWS_LAMBDA_RUNTIME_API", None)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["True []"]), done.stderr


def test_where_only_boto3_knows_the_way_it_is_asked(bucket, monkeypatch, tmp_path):
    """Under SnapStart credentials are not in the environment; here they are in a file."""
    variables = environment(bucket)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
    handler = start(monkeypatch, variables | {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")})
    assert handler(event("infer-json"), None)["statusCode"] == 200
