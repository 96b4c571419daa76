"""Small real models made node by node, and a caller that speaks to a service as API Gateway does."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson
from onnx import TensorProto, helper

from serin.serving import session
from serin.serving.limits import Limits
from serin.serving.service import Service

ONNX_TYPES = {
    "BOOL": TensorProto.BOOL, "UINT8": TensorProto.UINT8, "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32, "UINT64": TensorProto.UINT64, "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16, "INT32": TensorProto.INT32, "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16, "FP32": TensorProto.FLOAT, "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}  # fmt: skip

Tensor = tuple[str, str, list[int | str | None]]


def graph(nodes: list[Any], inputs: list[Tensor], outputs: list[Tensor]) -> bytes:
    """A serialized model of these nodes."""
    declared = [
        [helper.make_tensor_value_info(name, ONNX_TYPES[datatype], shape) for name, datatype, shape in tensors]
        for tensors in (inputs, outputs)
    ]
    imports = [helper.make_opsetid("", 17)]
    model = helper.make_model(helper.make_graph(nodes, "g", *declared), opset_imports=imports, ir_version=8)
    return model.SerializeToString()


def identity(datatype: str) -> bytes:
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    return graph(nodes, [("x", datatype, ["N", None])], [("y", datatype, ["N", None])])


def of_all_datatypes() -> bytes:
    """One input and one output per datatype, each of shape [N, 2]."""
    nodes = [helper.make_node("Identity", [f"in_{t}"], [f"out_{t}"]) for t in ONNX_TYPES]
    inputs = [(f"in_{t}", t, ["N", 2]) for t in ONNX_TYPES]
    return graph(nodes, inputs, [(f"out_{t}", t, ["N", 2]) for t in ONNX_TYPES])


def matrix() -> bytes:
    """features [N, 3] -> score [N, 1] (the sum of a row) and doubled [N, 3]."""
    nodes = [
        helper.make_node("ReduceL1", ["features"], ["score"], axes=[1], keepdims=1),
        helper.make_node("Add", ["features", "features"], ["doubled"]),
    ]
    return graph(nodes, [("features", "FP32", ["N", 3])], [("score", "FP32", ["N", 1]), ("doubled", "FP32", ["N", 3])])


class Caller:
    """Sends requests to one service and reads the answers."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def send(
        self, body: bytes | str | None, headers: Mapping[str, Any] | None = None, path: str | None = None
    ) -> dict[str, Any]:
        return self.service.handle(self.event("POST", path or f"/v2/models/{self.service.name}/infer", body, headers))

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        response = self.service.handle(self.event("GET", path, None, {}))
        return response["statusCode"], orjson.loads(response["body"])

    def infer(self, inputs: list[dict[str, Any]], **more: Any) -> tuple[int, dict[str, Any]]:
        response = self.send(orjson.dumps({"inputs": inputs, **more}, option=orjson.OPT_SERIALIZE_NUMPY).decode())
        return response["statusCode"], orjson.loads(response["body"])

    def refused(self, inputs: list[dict[str, Any]], **more: Any) -> str:
        """The sentence of a 400."""
        status, answer = self.infer(inputs, **more)
        assert (status, set(answer)) == (400, {"error"}), answer
        return str(answer["error"])

    @staticmethod
    def event(method: str, path: str, body: bytes | str | None, headers: Mapping[str, Any] | None) -> dict[str, Any]:
        binary = isinstance(body, bytes)
        text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
        accepting = {"Accept": "application/octet-stream"} | dict(headers or {})
        return {"httpMethod": method, "path": path, "headers": accepting, "body": text, "isBase64Encoded": binary}


def caller(artifact: bytes, limits: Limits | None = None, name: str = "m", version: int = 3) -> Caller:
    return Caller(Service.from_model(session.load(artifact), limits, name=name, version=version, release="7"))


def tensor(name: str, datatype: str, shape: list[int], data: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}
