"""How does a tensor look in JSON: flat or nested arrays in, flat arrays out. null is NaN in both directions,
because JSON has neither NaN nor infinity; who needs them exactly asks for binary."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from serin.errors import InvalidInput
from serin.serving.limits import InputRule
from serin.serving.tensors import Array

__all__ = ["decode", "encode"]


def decode(rule: InputRule, data: Any, shape: Sequence[int], count: int) -> Array:
    """Raises InvalidInput when the data does not fit datatype, shape or limits."""
    datatype, name = rule.datatype, rule.spec.name
    if type(data) is not list:
        raise InvalidInput(f"input '{name}' needs 'data', an array of {datatype.json_words}")
    plain = datatype.json_types.issuperset(map(type, data))
    if not plain and list in map(type, data):
        data = _flatten(name, data, shape)
        plain = datatype.json_types.issuperset(map(type, data))
    if len(data) != count:
        raise InvalidInput(f"input '{name}' has {len(data)} values, but its shape {list(shape)} needs {count}")
    if not plain:
        raise InvalidInput(f"input '{name}' is {datatype.name}: its data must be {datatype.json_words} only")
    if not datatype.size:
        rule.check_strings(data)
    flat = _array(rule, data)
    if datatype.is_float:
        rule.check_floats(flat, shape)
    return flat.reshape(shape)


def encode(array: Array) -> Array | list[Any]:
    """orjson writes a flat numpy array by itself (a float32 in its shortest form); strings go as a list."""
    if array.dtype.hasobject:
        strings: list[Any] = array.ravel().tolist()
        return strings
    return array.reshape(-1)


def _array(rule: InputRule, data: list[Any]) -> Array:
    try:
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
