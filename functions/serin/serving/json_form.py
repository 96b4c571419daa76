"""How does a tensor look in JSON: flat or nested arrays in, flat arrays out. null is NaN in both directions,
because JSON has neither NaN nor infinity; who needs them exactly asks for binary."""

import struct
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import orjson

from serin.errors import InvalidInput
from serin.serving.limits import InputRule, Shape
from serin.serving.tensors import Array, Datatype

__all__ = ["decode", "encode"]


def decode(rule: InputRule, data: Any, shape: Shape) -> Array:
    """Raises InvalidInput when the data does not fit datatype, shape or limits."""
    if type(data) is not list:
        raise InvalidInput(f"input '{rule.spec.name}' needs 'data', an array of {rule.datatype.json_words}")
    types = list(map(type, data))
    if shape.pack and len(types) == shape.values and _plain(rule.datatype, types):
        try:
            # A third of numpy's time, and struct takes neither null nor infinity nor what the datatype can't hold.
            return np.ndarray(shape.sizes, rule.datatype.dtype, shape.pack(*data))
        except (struct.error, OverflowError):
            pass
    return _explained(rule, data, types, shape)


def encode(array: Array) -> str:
    """orjson writes a flat numpy array by itself (a float32 in its shortest form); strings go as a list."""
    if array.dtype.kind == "O":
        return orjson.dumps(array.ravel().tolist()).decode()
    return orjson.dumps(array.ravel(), option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _plain(datatype: Datatype, types: list[type]) -> bool:
    """As counting is faster than sets, it comes first."""
    return (datatype.is_float and types.count(float) == len(types)) or datatype.json_types.issuperset(types)


def _explained(rule: InputRule, data: list[Any], types: list[type], shape: Shape) -> Array:
    """What is nested, holds nulls or strings, or has to be refused with its reason."""
    datatype, name = rule.datatype, rule.spec.name
    if list in types:
        data = _flatten(name, data, shape.sizes)
        types = list(map(type, data))
    if len(data) != shape.values:
        wanted = f"its shape {list(shape.sizes)} needs {shape.values}"
        raise InvalidInput(f"input '{name}' has {len(data)} values, but {wanted}")
    if not _plain(datatype, types):
        raise InvalidInput(f"input '{name}' is {datatype.name}: its data must be {datatype.json_words} only")
    if not datatype.size:
        rule.check_strings(data)
    flat = _array(rule, data)
    if datatype.is_float:
        rule.check_floats(flat, shape)
    return flat.reshape(shape.sizes)


def _array(rule: InputRule, data: list[Any]) -> Array:
    try:
        with np.errstate(over="ignore"):  # it is refused, with a sentence
            return np.array(data, rule.datatype.dtype)
    except OverflowError:
        raise InvalidInput(f"input '{rule.spec.name}' has a number beyond the range of {rule.datatype.name}") from None


def _flatten(name: str, data: list[Any], shape: Sequence[int]) -> list[Any]:
    """Level by level; every level must have exactly the lengths that the shape gives."""
    if not shape or len(data) != shape[0]:
        raise InvalidInput(f"input '{name}' has nested data that does not follow its shape {list(shape)}")
    for size in shape[1:]:
        if set(map(type, data)) != {list} or set(map(len, data)) != {size}:
            raise InvalidInput(f"input '{name}' has ragged data: its arrays must follow its shape {list(shape)}")
        data = list(chain.from_iterable(data))
    return data
