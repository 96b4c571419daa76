"""Model folders for the tests of registration, deployment and the command line."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import orjson
from onnx import TensorProto, helper, numpy_helper

MANIFEST = """
task = "regression"
seed = 7

[[features]]
name = "distance"
type = "float"

[[features]]
name = "delay"
type = "float"
nullable = true

[training]
commit = "0123abc"

[data]
sha256 = "ffee"
rows = 10
"""

EVIDENCE = '{"evaluations": [{"metric": "mae", "value": 0.5, "sample_size": 1000}]}'
"""What the gates of tier low ask for at least."""


def doubler(factor: float = 2.0, columns: int = 2) -> bytes:
    """y = factor * x, for a matrix of float columns."""
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "factor"], ["y"])],
        "doubler",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, columns])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, columns])],
        [numpy_helper.from_array(np.array(factor, np.float32), "factor")],
    )
    return _bytes(graph)


def two_inputs() -> bytes:
    """One input per column: a float and a string, the string passed through."""
    graph = helper.make_graph(
        [helper.make_node("Identity", ["distance"], ["d"]), helper.make_node("Identity", ["carrier"], ["c"])],
        "two",
        [
            helper.make_tensor_value_info("distance", TensorProto.FLOAT, [None, 1]),
            helper.make_tensor_value_info("carrier", TensorProto.STRING, [None, 1]),
        ],
        [
            helper.make_tensor_value_info("d", TensorProto.FLOAT, [None, 1]),
            helper.make_tensor_value_info("c", TensorProto.STRING, [None, 1]),
        ],
    )
    return _bytes(graph)


def _bytes(graph: onnx.GraphProto) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def golden(factor: float = 2.0) -> dict[str, Any]:
    row = [1.5, 4.0]
    return {
        "tolerance": {"rtol": 1e-4, "atol": 1e-5},
        "examples": [
            {
                "inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": row}],
                "outputs": [{"name": "y", "datatype": "FP32", "shape": [1, 2], "data": [factor * v for v in row]}],
            }
        ],
    }


def write_folder(path: Path, factor: float = 2.0, **files: bytes | str) -> Path:
    """A good folder; `model_onnx=…` and the like replace or add a file."""
    path.mkdir(parents=True, exist_ok=True)
    content: dict[str, bytes | str] = {
        "model.onnx": doubler(factor),
        "model.toml": MANIFEST,
        "golden.json": orjson.dumps(golden(factor)),
        "evidence.json": EVIDENCE,
    }
    content |= {name.replace("_", ".", 1): data for name, data in files.items()}
    for name, data in content.items():
        (path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return path
