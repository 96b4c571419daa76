"""An ONNX model that has a bit of everything, and two versions to compare."""

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from serin.diff.change import Change, Kind
from serin.diff.version import Version
from serin.registry.records import VersionRecord

FLOAT = TensorProto.FLOAT
_MIRROR = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}


def mirrored(change: Change) -> Change:
    """As the other version sees it."""
    return Change(change.path, _MIRROR.get(change.kind, change.kind), change.after, change.before)


def rich_model() -> onnx.ModelProto:
    """Two domains, a subgraph, a function, strings, half precision, long and short lists, and metadata."""
    branch = helper.make_graph(
        [helper.make_node("Neg", ["h"], ["n"], name="negate")], "branch", [],
        [helper.make_tensor_value_info("n", FLOAT, None)],
    )  # fmt: skip
    other = helper.make_graph(
        [helper.make_node("Abs", ["h"], ["m"])], "other", [], [helper.make_tensor_value_info("m", FLOAT, None)]
    )
    nodes = [
        helper.make_node("Mul", ["x", "factor"], ["scaled"], name="scale"),
        helper.make_node("Cast", ["half"], ["wide"], to=FLOAT),
        helper.make_node("Add", ["scaled", "wide"], ["h"], name="shift"),
        helper.make_node("If", ["flag"], ["g"], name="choose", then_branch=branch, else_branch=other),
        helper.make_node("Scaler", ["g"], ["s"], name="ml", domain="ai.onnx.ml", offset=[0.5] * 20, scale=[2.0, 3.0]),
        helper.make_node("Twice", ["s"], ["y"], domain="own"),
    ]
    weights = [
        numpy_helper.from_array(np.arange(1, 13, dtype=np.float32).reshape(3, 4), "factor"),
        numpy_helper.from_array(np.array([0.5, 1.5], np.float16), "half"),
        numpy_helper.from_array(np.array([True]), "flag"),
        numpy_helper.from_array(np.array([1, -2, 3], np.int8), "small"),
        numpy_helper.from_array(np.array(["a", "b"], object), "words"),
    ]
    graph = helper.make_graph(
        nodes, "rich",
        [helper.make_tensor_value_info(name, FLOAT, [None, 4]) for name in ("x", "z")],
        [helper.make_tensor_value_info("y", FLOAT, [None, 4])],
        weights, doc_string="all of it", value_info=[helper.make_tensor_value_info("h", FLOAT, ["N", 4])],
    )  # fmt: skip
    twice = helper.make_function(
        "own", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("own", 1)]
    model = helper.make_model(
        graph, opset_imports=opsets, ir_version=9, producer_name="tests", functions=[twice], doc_string="rich"
    )
    helper.set_model_props(model, {"author": "me", "run": "7"})
    return model


def linear(weights: list[float], *, threshold: bool = False) -> bytes:
    """Columns in, one number out; with a threshold its sigmoid, and the label that goes with it."""
    columns = len(weights)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["sum"])]
    outputs = [helper.make_tensor_value_info("sum", FLOAT, [None, 1])]
    if threshold:
        nodes.append(helper.make_node("Sigmoid", ["sum"], ["probability"]))
        outputs = [helper.make_tensor_value_info("probability", FLOAT, [None, 1])]
    graph = helper.make_graph(
        nodes, "linear", [helper.make_tensor_value_info("x", FLOAT, [None, columns])], outputs,
        [numpy_helper.from_array(np.array(weights, np.float32)[:, None], "w")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def version(number: int, artifact: bytes, names: list[str], task: str, **changes: Any) -> Version:
    """With the features in one matrix `x`."""
    output = "sum" if task == "regression" else "probability"
    signature = {
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, len(names)]}],
        "outputs": [{"name": output, "datatype": "FP32", "shape": [-1, 1]}],
    }
    features = [{"name": name, "type": "float", "nullable": False} for name in names]
    manifest = {"task": task, "features": features, "signature": signature}
    record = VersionRecord("m", number, f"d{number}", f"a{number}", len(artifact), f"m{number}", "g", signature, task,
                           "2026-01-01T00:00:00Z", "me")  # fmt: skip
    made = Version(record, manifest, {"examples": []}, artifact)
    return replace(made, **changes)
