"""Small models to optimize, and folders and versions of them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import orjson
from onnx import TensorProto, helper, numpy_helper

from serin.diff.version import Version
from serin.registry.folder import read_folder
from serin.registry.register import check_files
from serin.serving import session
from tests.unit.evidence.versions import write
from tests.unit.registry.folders import write_folder

MANIFEST = """
name = "churn"
task = "classification"
description = "who leaves"

[[features]]
name = "a"
type = "float"

[[features]]
name = "b"
type = "float"

[training]
commit = "0123abc"
cost_usd = "12.50"

[data]
sha256 = "ffee"
"""


_CLASSES = [
    helper.make_node("Sigmoid", ["z"], ["p"]),
    helper.make_node("Sub", ["one", "p"], ["q"]),
    helper.make_node("Concat", ["q", "p"], ["probabilities"], axis=1),
    helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
]
_OUTPUTS = [("probabilities", TensorProto.FLOAT, [None, 2]), ("label", TensorProto.INT64, [None])]


def net(width: int = 32) -> bytes:
    """Two layers, 8 bits of which are enough, and a sigmoid: probability [N, 2] and label [N]."""
    rng = np.random.default_rng(0)
    shapes = {"w0": (2, width), "b0": (width,), "w1": (width, 1)}
    constants = {name: rng.normal(size=shape).astype(np.float32) / width**0.5 for name, shape in shapes.items()}
    nodes = [
        helper.make_node("MatMul", ["x", "w0"], ["m"]),
        helper.make_node("Add", ["m", "b0"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MatMul", ["r", "w1"], ["z"]),
        *_CLASSES,
    ]
    return _model(nodes, _OUTPUTS, {**constants, "one": np.array(1, np.float32)})


def wide(width: int = 1536) -> bytes:
    """As `net`, with a layer between that is too large for a cache, so that 8 bits are read in a fraction of the time.
    `a` decides, and by far."""
    rng = np.random.default_rng(0)
    first = rng.normal(size=(2, width))
    between = np.eye(width) + rng.normal(size=(width, width)) / width
    constants = {"w0": first, "w1": between, "w2": 8 * first[:1].T / width, "one": np.array(1)}
    nodes = [
        helper.make_node("MatMul", ["x", "w0"], ["m"]),
        helper.make_node("Relu", ["m"], ["r"]),
        helper.make_node("MatMul", ["r", "w1"], ["n"]),
        helper.make_node("Relu", ["n"], ["s"]),
        helper.make_node("MatMul", ["s", "w2"], ["z"]),
        *_CLASSES,
    ]
    return _model(nodes, _OUTPUTS, {name: value.astype(np.float32) for name, value in constants.items()})


def tree() -> bytes:
    """One tree, in one node: 1 where a > 0, else -1."""
    node = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1,
        nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_values=[0.0, 0.0, 0.0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
        target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[-1.0, 1.0],
    )  # fmt: skip
    return _model([node], [("y", TensorProto.FLOAT, [None, 1])], {})


def _model(nodes: list[Any], outputs: list[Any], constants: dict[str, Any]) -> bytes:
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info(*output) for output in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def golden(artifact: bytes) -> dict[str, Any]:
    """Two rows, far from where a class changes."""
    examples = []
    for row in ([3.0, -2.0], [-3.0, 2.0]):
        model = session.load(artifact)
        names = [spec.name for spec in model.signature.outputs]
        answers = model.run(names, {"x": np.array([row], np.float32)})
        outputs = [
            {"name": spec.name, "datatype": spec.datatype, "shape": list(one.shape), "data": one.ravel().tolist()}
            for spec, one in zip(model.signature.outputs, answers, strict=True)
        ]
        given = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": row}
        examples.append({"inputs": [given], "outputs": outputs})
    return {"tolerance": {"rtol": 1e-4, "atol": 1e-5}, "examples": examples}


def folder(path: Path, artifact: bytes, manifest: str = MANIFEST) -> Path:
    return write_folder(path, model_onnx=artifact, model_toml=manifest, golden_json=orjson.dumps(golden(artifact)))


def version(path: Path, artifact: bytes, manifest: str = MANIFEST) -> tuple[Version, dict[str, bytes]]:
    """churn@1 as it would be registered, and the files of its folder."""
    from dataclasses import replace

    read = read_folder(folder(path, artifact, manifest))
    candidate = check_files(read)
    record = replace(candidate.record, model="churn", number=1)
    document = orjson.loads(candidate.content[f"documents/sha256/{record.manifest}"])
    files = {"model.onnx": read.artifact, "golden.json": read.golden, "model.toml": read.manifest}
    return Version(record, document, orjson.loads(read.golden), artifact), files


def rows(path: Path, count: int) -> Path:
    """`kept` is 1 where a > b."""
    given = np.random.default_rng(1).normal(size=(count, 2)).astype(np.float32)
    return write(path, given, kept=(given[:, 0] > given[:, 1]).astype(int))
