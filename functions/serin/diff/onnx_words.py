"""How is a part of an ONNX file written in a line? `FLOAT[N, 2]`, `Mul(x, factor) → y`."""

from collections.abc import Sequence
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
    kind = message.DESCRIPTOR.name
    if kind == "NodeProto":
        return f"{message.op_type}({', '.join(message.input)}) → {', '.join(message.output)}"
    if kind == "TensorProto":
        return f"{_datatype(message.data_type)}[{', '.join(map(str, message.dims))}]"
    if kind == "ValueInfoProto" and message.HasField("type"):
        return said(message.type)
    if kind == "TypeProto" and message.HasField("tensor_type"):
        return _tensor_type(message.tensor_type)
    if kind == "AttributeProto":
        return _attribute(message)
    if kind in ("GraphProto", "FunctionProto"):
        return f"{message.name}, {len(message.node)} nodes"
    if kind == "SparseTensorProto":
        return f"sparse {said(message.values)}"
    text = text_format.MessageToString(message, as_one_line=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _attribute(message: Any) -> str:
    value = onnx.helper.get_attribute_value(message) if message.type else None
    if hasattr(value, "DESCRIPTOR"):
        return said(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        short = len(value) <= _SHORT and not any(hasattr(one, "DESCRIPTOR") for one in value)
        return str([plain(one, "") for one in value]) if short else f"{_kind(message)}[{len(value)}]"
    return f"{_kind(message)} {plain(value, '')}"


def _kind(message: Any) -> str:
    return str(onnx.AttributeProto.AttributeType.Name(message.type))


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
