"""The very template that goes to AWS, deployed here, with a real model behind a real client."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import boto3
import httpx
import numpy as np
import orjson
import pytest
from botocore.config import Config

from infra.local.running import environment, launch
from tests.local.conftest import children
from tests.unit.registry import mlflow_folders

COLUMNS = 3


def _model():
    """label = row sum, so that every answer can be told from every other."""
    import onnx
    from onnx import TensorProto, helper

    shape = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("ReduceSum", ["features", "axes"], ["total"], keepdims=0)], "sum",
        [shape("features", TensorProto.FLOAT, [None, COLUMNS])], [shape("total", TensorProto.FLOAT, [None])],
        [helper.make_tensor("axes", TensorProto.INT64, [1], [1])],
    )  # fmt: skip
    return onnx.helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def _documents():
    tensor = {"name": "features", "datatype": "FP32", "shape": [1, COLUMNS], "data": [1.0, 2.0, 3.0]}
    total = {"name": "total", "datatype": "FP32", "shape": [1], "data": [6.0]}
    manifest = {
        "schema": 1, "task": "regression", "description": "", "training": {"commit": "0"}, "preprocessing": {},
        "features": [{"name": name, "type": "float", "nullable": False} for name in "abc"], "hyperparameters": {},
        "seed": 0, "data": {"sha256": "0" * 64, "rows": 1, "start": "2013-01-01", "end": "2013-02-28"},
        "serving": {"max_string_bytes": 65536, "max_rows": 10000, "deterministic": True},
        "signature": {"inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, COLUMNS]}],
                      "outputs": [{"name": "total", "datatype": "FP32", "shape": [-1]}]},
    }  # fmt: skip
    golden = {"tolerance": {"rtol": 1e-4, "atol": 1e-5}, "examples": [{"inputs": [tensor], "outputs": [total]}]}
    return [orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in (manifest, golden)]


class Endpoint:
    """The deployed endpoint, with a model published by the same calls that `serin deploy` makes."""

    def __init__(self, running, home):
        self.running, self.home = running, home
        parameter = self._client("ssm").get_parameter(Name="/serin/dev/endpoints/flights")["Parameter"]
        self.about = json.loads(parameter["Value"])
        key = next(iter(running.keys.values()))
        self.headers = {"x-api-key": key}
        self.http = httpx.Client(base_url=self.about["api_url"], headers=self.headers, timeout=40)

    def _client(self, service):
        return boto3.client(service, endpoint_url=self.running.aws_endpoint, region_name="us-east-1",
                            aws_access_key_id="local", aws_secret_access_key="local",
                            config=Config(retries={"total_max_attempts": 1}, read_timeout=60))  # fmt: skip

    def publish(self):
        s3, aws = self._client("s3"), self._client("lambda")
        contents = [_model(), *_documents()]
        digests = [hashlib.sha256(content).hexdigest() for content in contents]
        for folder, digest, content in zip(("artifacts", "documents", "documents"), digests, contents, strict=True):
            s3.put_object(Bucket=self.about["bucket"], Key=f"{folder}/sha256/{digest}", Body=content, IfNoneMatch="*")
        name = self.about["function"]
        variables = aws.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        parts = ("SERIN_ARTIFACT_SHA256", "SERIN_MANIFEST_SHA256", "SERIN_GOLDEN_SHA256")
        variables |= {"SERIN_MODEL_VERSION": "1", **dict(zip(parts, digests, strict=True))}
        aws.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        version = aws.publish_version(FunctionName=name)
        assert version["SnapStart"]["OptimizationStatus"] == "On"
        aws.update_alias(FunctionName=name, Name="live", FunctionVersion=version["Version"])
        return self

    def predict(self, row):
        tensor = {"name": "features", "datatype": "FP32", "shape": [1, COLUMNS], "data": row}
        return self.http.post("/v2/models/flights/infer", json={"inputs": [tensor]})

    def invoke(self):
        answer = self._client("lambda").invoke(FunctionName=self.about["function"], Qualifier="live", Payload=b"{}")
        return SimpleNamespace(error=answer.get("FunctionError"), text=answer["Payload"].read().decode())


@pytest.fixture(scope="module")
def endpoint(assembly, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with launch(assembly, home, max_sandboxes=2) as running:
        yield Endpoint(running, home).publish()


def test_a_prediction_over_http(endpoint):
    """Through gateway, alias, sandbox and model."""
    answer = endpoint.predict([1.0, 2.0, 4.0])
    assert answer.status_code == 200, answer.text
    assert answer.json()["outputs"][0]["data"] == [7.0]


def test_an_unmodified_triton_client(endpoint):
    """Binary in both directions; API Gateway wants the content type named, by headers that the client lets one give."""
    import tritonclient.http as triton

    binary = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
    client = triton.InferenceServerClient(endpoint.about["api_url"].removeprefix("http://"))
    rows = np.arange(12, dtype=np.float32).reshape(4, COLUMNS)
    tensor = triton.InferInput("features", list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows)
    assert client.is_server_ready(headers=endpoint.headers)
    answer = client.infer("flights", [tensor], headers=endpoint.headers | binary)
    np.testing.assert_allclose(answer.as_numpy("total"), rows.sum(axis=1))


def test_sixteen_clients_on_two_sandboxes(endpoint):
    """Each answer belongs to its request."""

    def talk(client):
        rows = [[float(client), float(n), 0.5] for n in range(25)]
        return [(endpoint.predict(row).json()["outputs"][0]["data"], [sum(row)]) for row in rows]

    with ThreadPoolExecutor(16) as threads:
        for answers in threads.map(talk, range(16)):
            assert all(got == expected for got, expected in answers)


def test_kill_9_under_load(endpoint):
    """No hung request; an error for at most the request that the sandbox held."""
    assert endpoint.predict([1.0, 1.0, 1.0]).status_code == 200, "there must be a sandbox to kill"
    with ThreadPoolExecutor(8) as threads:
        calls = [threads.submit(endpoint.predict, [1.0, 1.0, float(n)]) for n in range(300)]
        os.kill(children(endpoint.running.pid)[0], signal.SIGKILL)
        codes = [call.result(timeout=60).status_code for call in calls]
    assert codes.count(200) >= 299


@pytest.mark.parametrize(("path", "code"), [("/v2/nothing", 404), ("/v2/models/other/infer", 404)])
def test_the_gateways_refusals_have_the_form_of_the_functions(endpoint, path, code):
    """{"error": …}, as everything else."""
    answer = endpoint.http.post(path, json={})
    assert answer.status_code == code
    assert list(answer.json()) == ["error"]


def test_an_mlflow_model_is_registered_deployed_and_asked(endpoint, tmp_path):
    """As mlflow.onnx.log_model wrote it, by the processes that a user starts; last here, for it takes the traffic."""
    folder = mlflow_folders.mlflow_3_in_database(tmp_path, external=True)  # of code that was not committed

    def serin(*words):
        line = [sys.executable, "-m", "infra.cli.main", *words, "--local", "--json"]
        env = environment() | {"SERIN_HOME": str(endpoint.home)}
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120, env=env)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    version = serin("register", "--from-mlflow", str(folder), "--allow-dirty", "--model", "flights")["version"]
    serin("deploy", f"flights@{version}", "--plan", "all-at-once", "--wait")
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.5, 4.0]}
    answer = endpoint.http.post("/v2/models/flights/infer", json={"inputs": [tensor]})
    assert answer.json()["outputs"][0]["data"] == [3.0, 8.0], answer.text
    assert answer.json()["model_version"] == str(version)


def test_a_missing_permission_shows_on_the_laptop(assembly, tmp_path):
    """Without s3:GetObject in the template the release can't load its model, and says which action it lacked."""
    folder = tmp_path / "assembly"
    folder.mkdir()
    for file in assembly.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    path = next(folder.glob("*.template.json"))
    path.write_text(path.read_text().replace('"s3:GetObject"', '"s3:GetObjectAcl"'))
    with launch(folder, tmp_path / "home", max_sandboxes=1) as running:
        endpoint = Endpoint(running, tmp_path / "home").publish()
        failed = endpoint.invoke()
        assert failed.error
        assert "AccessDenied" in failed.text
        assert "s3:GetObject" in (tmp_path / "home" / "console.log").read_text()
