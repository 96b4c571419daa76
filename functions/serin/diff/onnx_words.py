"""How is a part of an ONNX file written in a line? `FLOAT[N, 2]`, `Mul(x, factor) → y`."""

from collections.abc import Callable, Sequence
from typing import Any

import onnx
from google.protobuf import text_format

__all__ = ["plain", "said"]

_LONGEST = 120
_SHORT = 8
_TYPES = ("data_type", "elem_type", "key_type")


def plain(value: Any, field: str) -> Any:
    """As JSON holds it: bytes as text, a datatype by its name."""
    if isinstance(value, bytes):
        text = value.decode("utf-8", "backslashreplace")
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(value):,} bytes)"
    return _datatype(value) if field in _TYPES else value


def said(message: Any) -> str:
    write = _WRITTEN.get(message.DESCRIPTOR.name)
    text = write(message) if write else text_format.MessageToString(message, as_one_line=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _attribute(message: Any) -> str:
    kind = onnx.AttributeProto.AttributeType.Name(message.type)
    value = onnx.helper.get_attribute_value(message) if message.type else None
    if hasattr(value, "DESCRIPTOR"):
        return said(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        short = len(value) <= _SHORT and not any(hasattr(one, "DESCRIPTOR") for one in value)
        return f"{kind} {[plain(one, '') for one in value]}" if short else f"{kind}[{len(value)}]"
    return f"{kind} {plain(value, '')}"


def _type(message: Any) -> str:
    if not message.HasField("tensor_type"):
        return str(text_format.MessageToString(message, as_one_line=True))
    return _tensor_type(message.tensor_type)


def _tensor_type(tensor: Any) -> str:
    if not tensor.HasField("shape"):
        return _datatype(tensor.elem_type)
    sizes = [str(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param or "?" for dim in tensor.shape.dim]
    return f"{_datatype(tensor.elem_type)}[{', '.join(sizes)}]"


def _datatype(number: int) -> str:
    try:
        return str(onnx.TensorProto.DataType.Name(number))
    except ValueError:
        return f"type {number}"


def _graph(message: Any) -> str:
    return f"{message.name}, {len(message.node)} nodes"


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "AttributeProto": _attribute,
    "FunctionProto": _graph,
    "GraphProto": _graph,
    "NodeProto": lambda node: f"{node.op_type}({', '.join(node.input)}) → {', '.join(node.output)}",
    "SparseTensorProto": lambda sparse: f"sparse {said(sparse.values)}",
    "TensorProto": lambda tensor: f"{_datatype(tensor.data_type)}[{', '.join(map(str, tensor.dims))}]",
    "TypeProto": _type,
    "ValueInfoProto": lambda info: _type(info.type),
}
