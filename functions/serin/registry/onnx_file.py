"""Is an ONNX file complete in itself, with no pointer to files outside it?"""

from collections.abc import Iterable, Iterator
from typing import Any

import onnx

from serin.errors import InvalidModel

__all__ = ["check_self_contained", "parsed", "tensors"]

_EMBED = "embed the weights: onnx.save_model(onnx.load('model.onnx'), 'model.onnx', save_as_external_data=False)"


def check_self_contained(artifact: bytes) -> None:
    """Raise InvalidModel when it is not ONNX or keeps any of its data in another file."""
    for tensor in tensors(parsed(artifact)):
        # EXTERNAL is checked by value and by entries, as a reader may look at either.
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            where = {entry.key: entry.value for entry in tensor.external_data}.get("location", "?")
            raise InvalidModel(
                f"model.onnx keeps the tensor {tensor.name!r} in another file ({where!r}), "
                f"which is never followed: {_EMBED}."
            )


def parsed(artifact: bytes) -> Any:
    """The ModelProto, with nothing read beside it. Raise InvalidModel when it is not ONNX."""
    try:
        model = onnx.load_model_from_string(artifact)
    except Exception as error:  # protobuf's DecodeError, or a ValueError, by implementation
        raise InvalidModel("model.onnx is not an ONNX file: export the model again.") from error
    if not model.graph.node:
        raise InvalidModel("model.onnx holds no graph: export the model again.")
    return model


def tensors(model: Any) -> Iterator[Any]:
    """Every tensor in it, also those in subgraphs and functions."""
    return _tensors([model.graph, *(info.algorithm for info in model.training_info)], model.functions)


def _tensors(graphs: Iterable[Any], functions: Iterable[Any]) -> Iterator[Any]:
    pending = list(graphs)
    nodes = [node for function in functions for node in function.node]
    while pending or nodes:
        if not nodes:
            graph = pending.pop()
            yield from graph.initializer
            for sparse in graph.sparse_initializer:
                yield from (sparse.values, sparse.indices)
            nodes.extend(graph.node)
            continue
        for attribute in nodes.pop().attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
            pending.extend(graph for graph in (attribute.g, *attribute.graphs) if graph.node or graph.initializer)
