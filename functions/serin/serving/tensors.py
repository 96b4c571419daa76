"""Which tensors can travel: the 13 datatypes of the Open Inference Protocol that ONNX Runtime takes,
with their numpy types, their ONNX names and what JSON may hold for them."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["BY_ONNX", "DATATYPES", "Array", "Datatype"]

Array: TypeAlias = npt.NDArray[Any]


class Datatype(NamedTuple):
    """One datatype; `size` is 0 for BYTES, whose elements have lengths of their own, and `code` is struct's, which is
    empty where struct takes more than JSON may hold.
    """

    name: str
    dtype: np.dtype[Any]
    onnx: str
    size: int
    json_types: frozenset[type]
    code: str = ""
    is_float: bool = False

    @property
    def json_words(self) -> str:
        if self.is_float:
            return "numbers"
        return {bool: "true or false", int: "whole numbers", str: "strings"}[next(iter(self.json_types))]


def _integer(name: str, dtype: str, onnx: str, code: str) -> Datatype:
    return Datatype(name, np.dtype(dtype), onnx, np.dtype(dtype).itemsize, frozenset({int}), code)


def _float(name: str, dtype: str, onnx: str, code: str) -> Datatype:
    # JSON has no NaN: null stands for a missing value, and the manifest decides whether it may be there.
    types: frozenset[type] = frozenset({int, float, type(None)})
    return Datatype(name, np.dtype(dtype), onnx, np.dtype(dtype).itemsize, types, code, is_float=True)


_ALL = (
    Datatype("BOOL", np.dtype("?"), "tensor(bool)", 1, frozenset({bool})),
    _integer("UINT8", "<u1", "tensor(uint8)", "B"),
    _integer("UINT16", "<u2", "tensor(uint16)", "H"),
    _integer("UINT32", "<u4", "tensor(uint32)", "I"),
    _integer("UINT64", "<u8", "tensor(uint64)", "Q"),
    _integer("INT8", "<i1", "tensor(int8)", "b"),
    _integer("INT16", "<i2", "tensor(int16)", "h"),
    _integer("INT32", "<i4", "tensor(int32)", "i"),
    _integer("INT64", "<i8", "tensor(int64)", "q"),
    _float("FP16", "<f2", "tensor(float16)", "e"),
    _float("FP32", "<f4", "tensor(float)", "f"),
    _float("FP64", "<f8", "tensor(double)", "d"),
    Datatype("BYTES", np.dtype(object), "tensor(string)", 0, frozenset({str})),
)

DATATYPES: Mapping[str, Datatype] = {datatype.name: datatype for datatype in _ALL}
BY_ONNX: Mapping[str, Datatype] = {datatype.onnx: datatype for datatype in _ALL}
