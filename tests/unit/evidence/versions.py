"""Small versions with real models, and rows with labels that follow them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from serin.evidence.subject import Subject
from serin.registry.records import VersionRecord
from serin.serving import session

FEATURES = ("a", "b")
ONE_A_ROW, MATRIX = [None], [None, 2]


def classifier(weights: Sequence[float] = (1.0, 0.5), *, labels: bool = True) -> bytes:
    """p = sigmoid(x w); probabilities [N, 2], and label [N] where p is over a half."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["p"]),
        helper.make_node("Sub", ["one", "p"], ["q"]),
        helper.make_node("Concat", ["q", "p"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
    ]
    outputs = [("probabilities", TensorProto.FLOAT, MATRIX)]
    constants = {"w": np.array(weights, np.float32)[:, None], "one": np.array(1, np.float32)}
    return _model(nodes, [*outputs, ("label", TensorProto.INT64, ONE_A_ROW)] if labels else outputs, constants)


def several(count: int = 3) -> bytes:
    """softmax(x W): a probability for each of `count` classes."""
    weights = np.linspace(-2, 2, 2 * count, dtype=np.float32).reshape(2, count) * np.array([[1], [-1]], np.float32)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Softmax", ["z"], ["scores"], axis=1)]
    return _model(nodes, [("scores", TensorProto.FLOAT, [None, count])], {"w": weights})


def regressor(weights: Sequence[float] = (1.0, 0.5), rows: int | None = None, output: str = "y") -> bytes:
    """y = x w, one number a row."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Squeeze", ["z", "last"], [output])]
    constants = {"w": np.array(weights, np.float32)[:, None], "last": np.array([1], np.int64)}
    return _model(nodes, [(output, TensorProto.FLOAT, [rows])], constants, rows)


def _model(nodes: list[Any], outputs: list[Any], constants: dict[str, Any], rows: int | None = None) -> bytes:
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, 2])],
        [helper.make_tensor_value_info(*output) for output in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def subject(artifact: bytes, number: int = 1, task: str = "classification", **manifest: Any) -> Subject:
    signature = session.load(artifact).signature.to_dict()
    features = [{"name": name, "type": "float", "nullable": False} for name in FEATURES]
    record = VersionRecord(
        "churn", number, "d", "a", len(artifact), "m", "g", signature, task, "2026-01-01T00:00:00Z", "ann"
    )
    return Subject(record, {"features": features, "data": {"sha256": "ffee"}, **manifest}, artifact)


def rows(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)


def happened(given: np.ndarray, weights: Sequence[float] = (1.0, 0.5), seed: int = 1) -> np.ndarray:
    """0 or 1, as `classifier` with these weights says."""
    p = 1 / (1 + np.exp(-given @ np.array(weights)))
    return (np.random.default_rng(seed).random(len(given)) < p).astype(int)


def write(path: Path, given: np.ndarray, **columns: Any) -> Path:
    import pandas as pd

    frame = pd.DataFrame(given, columns=list(FEATURES)).assign(**columns)
    (frame.to_parquet if path.suffix == ".parquet" else frame.to_csv)(path, index=False)
    return path
