"""How does a tensor look in the binary extension: raw little-endian values in row-major order; BYTES as
elements that each have their length before them (4 bytes, little-endian)."""

from struct import Struct

import numpy as np

from serin.errors import InvalidInput
from serin.serving.limits import InputRule, Shape
from serin.serving.tensors import Array

__all__ = ["decode", "encode"]

_LENGTH = Struct("<I")


def decode(rule: InputRule, raw: memoryview, shape: Shape) -> Array:
    """Without a copy where the values lie at a multiple of their size, which a client reaches by padding its JSON
    with spaces. Raises InvalidInput when the lengths don't add up.
    """
    datatype = rule.datatype
    if not datatype.size:
        return _strings(rule, bytes(raw), shape)
    if len(raw) != shape.values * datatype.size:
        raise InvalidInput(
            f"input '{rule.spec.name}' has {len(raw)} bytes of binary data, but its shape {list(shape.sizes)} "
            f"as {datatype.name} needs {shape.values * datatype.size}"
        )
    flat = np.frombuffer(raw, datatype.dtype)
    if not flat.flags.aligned:  # kernels may not read such values on every processor
        flat = flat.copy()
    if datatype.is_float:
        rule.check_floats(flat, shape)
    elif datatype.name == "BOOL" and flat.view(np.uint8).max() > 1:
        raise InvalidInput(f"input '{rule.spec.name}' is BOOL: its bytes must be 0 or 1")
    return flat.reshape(shape.sizes)


def encode(array: Array) -> bytes:
    if array.dtype.kind != "O":
        return array.tobytes()
    parts = []
    for text in array.ravel().tolist():
        element = text.encode()
        parts.append(_LENGTH.pack(len(element)))
        parts.append(element)
    return b"".join(parts)


def _strings(rule: InputRule, raw: bytes, shape: Shape) -> Array:
    name = rule.spec.name
    try:
        strings = [element.decode() for element in _elements(name, raw)]
    except UnicodeDecodeError:
        raise InvalidInput(f"input '{name}' has a string that is not UTF-8") from None
    if len(strings) != shape.values:
        wanted = f"its shape {list(shape.sizes)} needs {shape.values}"
        raise InvalidInput(f"input '{name}' has {len(strings)} strings, but {wanted}")
    rule.check_strings(strings)
    return np.array(strings, object).reshape(shape.sizes)


def _elements(name: str, raw: bytes) -> list[bytes]:
    elements, at, end = [], 0, len(raw)
    while at < end:
        start = at + 4
        at = start + _LENGTH.unpack_from(raw, at)[0] if start <= end else end + 1
        if at > end:
            raise InvalidInput(f"input '{name}' has binary data that ends inside a string")
        elements.append(raw[start:at])
    return elements
