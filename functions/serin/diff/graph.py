"""Where do two ONNX files differ? Every field of the format by its path, nodes matched with each other, arrays by how
far they moved. How a value is encoded, and in which order unordered parts are written, makes no difference."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import onnx
from onnx import numpy_helper

from serin.diff import nodes
from serin.diff.change import Change, Kind, below, entry
from serin.diff.onnx_words import plain, said
from serin.diff.weights import Weight, moved
from serin.errors import InvalidModel
from serin.serving.tensors import Array

__all__ = ["Graph", "compare_files", "compare_models"]

_SHORT = 8
"""Up to so many entries a list is shown as it is; a longer one is an array."""
_VALUES = ("f", "i", "s", "t", "g", "sparse_tensor", "tp", "floats", "ints", "strings", "tensors", "graphs")
_DATA = ("dims", "data_type", "raw_data", *(f"{kind}_data" for kind in ("float", "int32", "string", "int64", "double")),
         "uint64_data")  # fmt: skip
_ORDERED = {"GraphProto": ("input", "output")}

_Found: TypeAlias = Iterator[Change | Weight]
_KEYS: dict[str, Callable[[Any], str]] = {
    "AttributeProto": lambda one: str(one.name),
    "DeviceConfigurationProto": lambda one: str(one.name),
    "FunctionProto": lambda one: ":".join(filter(None, (one.domain, one.name, one.overload))),
    "OperatorSetIdProto": lambda one: str(one.domain or "ai.onnx"),
    "SparseTensorProto": lambda one: str(one.values.name),
    "StringStringEntryProto": lambda one: str(one.key),
    "TensorAnnotation": lambda one: str(one.tensor_name),
    "TensorProto": lambda one: str(one.name),
    "ValueInfoProto": lambda one: str(one.name),
}


@dataclass(frozen=True)
class Graph:
    """`weights` are arrays that are in both versions, `changes` all else."""

    changes: tuple[Change, ...] = ()
    weights: tuple[Weight, ...] = ()


def compare_files(before: bytes, after: bytes) -> Graph:
    """Raises InvalidModel for a file that is no ONNX."""
    return Graph() if before == after else compare_models(_read(before), _read(after))


def compare_models(before: onnx.ModelProto, after: onnx.ModelProto) -> Graph:
    found = list(_messages(before, after, ""))
    return Graph(
        tuple(one for one in found if isinstance(one, Change)), tuple(one for one in found if isinstance(one, Weight))
    )


def _read(artifact: bytes) -> onnx.ModelProto:
    try:
        return onnx.load_model_from_string(artifact)
    except Exception as error:  # protobuf's DecodeError, or a ValueError, by implementation
        raise InvalidModel("model.onnx is not an ONNX file: register the model again.") from error


def _messages(before: Any, after: Any, path: str, skipped: Sequence[str] = ()) -> _Found:
    """Two messages of one type, whatever fields the type has."""
    kind = before.DESCRIPTOR.name
    names = {field.name for message in (before, after) for field, _ in message.ListFields()}
    for field in before.DESCRIPTOR.fields:
        if field.name not in names or field.name in skipped:
            continue
        one, two, place = getattr(before, field.name), getattr(after, field.name), below(path, field.name)
        if kind == "AttributeProto" and field.name in _VALUES:
            place = path
        if field.message_type is None:
            yield from _values(one, two, place, field.name)
        elif field.is_repeated:
            yield from _lists(one, two, place, ordered=field.name in _ORDERED.get(kind, ()))
        else:
            there = before.HasField(field.name), after.HasField(field.name)
            yield from _either(one if there[0] else None, two if there[1] else None, place)


def _values(before: Any, after: Any, path: str, name: str) -> _Found:
    if isinstance(before, str | bytes | int | float):
        if repr(before) != repr(after):  # unlike !=, this tells 0.0 from -0.0, and NaN not from NaN
            yield Change(path, Kind.CHANGED, plain(before, name), plain(after, name))
        return
    weight = moved(path, _array(before), _array(after), (name, name))
    if weight and max(len(before), len(after)) > _SHORT:
        yield weight
    elif weight:
        yield Change(path, Kind.CHANGED, [plain(one, name) for one in before], [plain(one, name) for one in after])


def _array(values: Sequence[Any]) -> Array:
    return np.array(values, object if values and isinstance(values[0], str | bytes) else None)


def _lists(before: Sequence[Any], after: Sequence[Any], path: str, *, ordered: bool) -> _Found:
    kind = (*before, *after)[0].DESCRIPTOR.name
    if kind == "NodeProto":
        yield from _nodes(before, after, path)
        return
    one, two = _by_key(before, kind), _by_key(after, kind)
    for key in dict.fromkeys((*one, *two)):
        yield from _either(one.get(key), two.get(key), entry(path, key))
    if ordered:
        shared = [key for key in one if key in two], [key for key in two if key in one]
        for place, (was, now) in enumerate(zip(*shared, strict=True), 1):
            if was != now:
                yield Change(entry(path, was), Kind.MOVED, place, shared[1].index(was) + 1)


def _by_key(messages: Sequence[Any], kind: str) -> dict[Any, Any]:
    """By name where each has one of its own, else by place."""
    keys = [_KEYS[kind](one) for one in messages] if kind in _KEYS else []
    unique = len(set(keys)) == len(messages) and all(keys)
    return dict(zip(keys if unique else range(len(messages)), messages, strict=True))


def _nodes(before: Sequence[Any], after: Sequence[Any], path: str) -> _Found:
    found = nodes.pairs(before, after)
    partner, names = dict(found), (nodes.labels(before), nodes.labels(after))
    for place, node in enumerate(before):
        yield from _either(node, after[partner[place]] if place in partner else None, entry(path, names[0][place]))
    added = set(range(len(after))) - set(partner.values())
    for place in sorted(added):
        yield from _either(None, after[place], entry(path, names[1][place]))


def _either(before: Any, after: Any, path: str) -> _Found:
    """One message, which may be missing on one side."""
    if before is None or after is None:
        kind = Kind.ADDED if before is None else Kind.REMOVED
        yield Change(path, kind, before and said(before), after and said(after))
        return
    kind = before.DESCRIPTOR.name
    if kind == "TensorProto":
        yield from _tensors(before, after, path)
    elif (kind == "TypeProto" and said(before) != said(after)) or (
        kind == "AttributeProto" and before.type != after.type
    ):
        yield Change(path, Kind.CHANGED, said(before), said(after))
    else:
        yield from _messages(before, after, path)


def _tensors(before: Any, after: Any, path: str) -> _Found:
    try:
        one, two = _numbers(before), _numbers(after)
    except ValueError:
        yield from _messages(before, after, path)
        return
    types = (plain(before.data_type, "data_type"), plain(after.data_type, "data_type"))
    weight = moved(path, one, two, types)
    yield from (weight,) if weight else ()
    yield from _messages(before, after, path, _DATA)


def _numbers(tensor: Any) -> Array:
    """Raises ValueError for what can't be read from the file itself."""
    # to_array would follow a pointer to another file, in whatever folder the command runs.
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise ValueError("external")
    try:
        array: Array = numpy_helper.to_array(tensor)
    except Exception as error:  # a TypeError, KeyError or ValueError, by what is wrong with it
        raise ValueError(str(error)) from error
    return array
