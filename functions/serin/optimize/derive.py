"""Another form of the same model, made by ONNX Runtime's own tools: 8-bit weights, half precision, or a graph that is
optimized once rather than at each start."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx

from serin.errors import GatesClosed, InvalidModel
from serin.registry.onnx_file import parsed, tensors

__all__ = ["Method", "derive"]

_PORTABLE = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Their kernels are part of every build of ONNX Runtime, on every CPU. Those of `com.microsoft.nchwc` are not."""


class Method(StrEnum):
    INT8 = "int8"
    FP16 = "fp16"
    GRAPH = "graph"

    @property
    def relation(self) -> str:
        """To the parent, in model.toml."""
        return "optimized" if self is Method.GRAPH else "quantized"


def derive(artifact: bytes, method: Method) -> bytes:
    """Raises GatesClosed where the method changes nothing, and InvalidModel where its tool fails."""
    before = parsed(artifact)
    try:
        made = parsed(_TOOLS[method](artifact))
    except Exception as error:  # whatever the tool meets in a graph that it does not know
        why = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InvalidModel(f"{method} fails on this model: {why}. Try another method.") from error
    if _form(made) == _form(before):
        found = ", ".join(f"{count} {name}" for name, count in sorted(_operators(before).items()))
        raise GatesClosed(f"{method} changes nothing in this model ({found}): there is nothing to register.")
    _check_portable(made, method)
    return bytes(made.SerializeToString())


def _int8(artifact: bytes) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - a second that others need not pay

    def quantize(given: Path, made: Path) -> None:
        quantize_dynamic(given, made, per_channel=True, weight_type=QuantType.QInt8)

    # It advises by the root logger to optimize the graph first, which each start does anyway.
    logging.disable(logging.WARNING)
    try:
        return _by_files(artifact, quantize)
    finally:
        logging.disable(logging.NOTSET)


def _fp16(artifact: bytes) -> bytes:
    """Inputs and outputs keep their types, so that no client notices."""
    from onnxruntime.transformers.float16 import convert_float_to_float16  # noqa: PLC0415 - as above

    return bytes(convert_float_to_float16(parsed(artifact), keep_io_types=True).SerializeToString())


def _graph(artifact: bytes) -> bytes:
    """At the highest level whose result does not depend on the CPU: the one above lays tensors out for this one's."""
    import onnxruntime  # noqa: PLC0415 - as above

    def optimize(given: Path, made: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(made)
        options.log_severity_level = 4
        onnxruntime.InferenceSession(str(given), options, providers=["CPUExecutionProvider"])

    return _without_idle_domains(_by_files(artifact, optimize))


_TOOLS: dict[Method, Callable[[bytes], bytes]] = {Method.INT8: _int8, Method.FP16: _fp16, Method.GRAPH: _graph}


def _by_files(artifact: bytes, tool: Callable[[Path, Path], None]) -> bytes:
    with TemporaryDirectory(prefix="serin-optimize-") as folder:
        given, made = Path(folder, "given.onnx"), Path(folder, "made.onnx")
        given.write_bytes(artifact)
        tool(given, made)
        return made.read_bytes()


def _without_idle_domains(artifact: bytes) -> bytes:
    """ONNX Runtime declares all that it knows; only what a node uses has to be there where it is loaded."""
    model = parsed(artifact)
    used = {_domain(node) for node in _nodes(model)} | {""}
    kept = [opset for opset in model.opset_import if opset.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    return bytes(model.SerializeToString())


def _check_portable(model: Any, method: Method) -> None:
    if bound := sorted({f"{node.domain}.{node.op_type}" for node in _nodes(model) if node.domain not in _PORTABLE}):
        raise GatesClosed(f"{method} makes operators that not every machine has ({', '.join(bound)}): not registered.")


def _form(model: Any) -> tuple[Counter[str], Counter[int]]:
    """Its operators, and the types of its tensors: names and comments don't count."""
    return _operators(model), Counter(tensor.data_type for tensor in tensors(model))


def _operators(model: Any) -> Counter[str]:
    return Counter(node.op_type for node in _nodes(model))


def _domain(node: Any) -> str:
    return "" if node.domain == "ai.onnx" else str(node.domain)


def _nodes(model: Any) -> Iterator[Any]:
    """Every node, also those in subgraphs and functions."""
    pending = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while pending:
        node = pending.pop()
        yield node
        for attribute in node.attribute:
            graphs = [attribute.g] if attribute.type == onnx.AttributeProto.GRAPH else attribute.graphs
            pending.extend(inner for graph in graphs for inner in graph.node)
