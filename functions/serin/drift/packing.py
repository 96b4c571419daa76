"""How are whole matrices of counts written into a JSON document? As little-endian bytes, in base 64."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["packed", "unpacked"]

_LARGEST = 2**32 - 1


def packed(matrix: npt.NDArray[Any]) -> dict[str, Any]:
    """Whole numbers below 2^32 take four bytes each, all others eight."""
    whole = matrix.dtype.kind in "iu" and (not matrix.size or (matrix.min() >= 0 and matrix.max() <= _LARGEST))
    kind = "<u4" if whole else "<f8"
    return {
        "shape": list(matrix.shape),
        "type": kind,
        "data": b64encode(np.ascontiguousarray(matrix, kind).tobytes()).decode(),
    }


def unpacked(document: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """As floats, which hold all counts below 2^53 exactly. Raises ValueError, KeyError or TypeError when it is none."""
    if document["type"] not in ("<u4", "<f8"):
        raise ValueError(f"a matrix of {document['type']!r} is not read here.")
    data = np.frombuffer(b64decode(document["data"], validate=True), document["type"])
    found = data.reshape([int(size) for size in document["shape"]]).astype(np.float64)
    if not np.isfinite(found).all():
        raise ValueError("a matrix holds what is no number.")
    return found
