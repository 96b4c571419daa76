"""Which values may a request carry: what the manifest says of rows, string lengths and missing values."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import isfinite, prod
from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from serin.errors import InvalidInput, InvalidModel
from serin.serving.signature import TensorSpec
from serin.serving.tensors import DATATYPES, Array

__all__ = ["InputRule", "Limits", "Shape"]

_FEW = 64
_MANY = 10_000_000
"""Values of an input, which no request holds: its JSON would be larger than Lambda takes."""
_DIMENSIONS = 64
"""Of an array, at most: numpy's limit."""


class Limits(NamedTuple):
    """`features` are (name, nullable) in the manifest's order."""

    features: tuple[tuple[str, bool], ...] = ()
    max_rows: int = 10_000
    max_string_bytes: int = 65_536

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> "Limits":
        """Raises InvalidModel when the manifest's features or serving table can't be read."""
        try:
            serving = manifest.get("serving", {})
            features = tuple((str(f["name"]), bool(f.get("nullable", False))) for f in manifest["features"])
            rows, length = serving.get("max_rows", cls().max_rows), serving.get("max_string_bytes", 65_536)
            return cls(features, int(rows), int(length))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidModel(f"the manifest's features or serving limits can't be read: {error!r}") from None

    def rule(self, spec: TensorSpec) -> "InputRule":
        """An input is the feature of its name, or a matrix with one column per feature in the manifest's order."""
        columns = tuple(feature for feature in self.features if feature[0] == spec.name)
        if not columns and len(spec.shape) == 2 and spec.shape[1] == len(self.features):
            columns = self.features
        return InputRule(spec, columns, self.max_string_bytes)


class Shape(NamedTuple):
    """One that the model takes, of so many `values`. `pack` makes bytes of so many numbers; None where numpy must."""

    sizes: tuple[int, ...]
    values: int
    pack: Callable[..., bytes] | None


class InputRule:
    """What one input's values must keep to, worked out once per model and not per request.

    `shape` takes sizes, and raises InvalidInput where the model does not. It remembers those that it saw, with their
    types, since True and 1.0 equal 1.
    """

    __slots__ = ("_columns", "_forbidden", "_max_bytes", "datatype", "shape", "spec")

    def __init__(self, spec: TensorSpec, columns: Sequence[tuple[str, bool]], max_string_bytes: int) -> None:
        self.spec = spec
        self.datatype = DATATYPES[spec.datatype]
        self._columns = [name for name, _ in columns]
        # One entry (the whole tensor) or one per column. An input that is no feature takes no NaN.
        self._forbidden = np.array([not nullable for _, nullable in columns] or [True])
        self._max_bytes = max_string_bytes
        self.shape: Callable[..., Shape] = lru_cache(256, typed=True)(self._shape)

    def no_shape(self) -> InvalidInput:
        wanted = f"an array of up to {_DIMENSIONS} whole numbers from 1 up"
        return InvalidInput(f"input '{self.spec.name}' needs 'shape', {wanted}")

    def _shape(self, *sizes: Any) -> Shape:
        """A declared -1 takes any size of at least 1: several ONNX kernels misbehave on empty tensors."""
        if len(sizes) > _DIMENSIONS or not all(type(size) is int and size >= 1 for size in sizes):
            raise self.no_shape()
        name, takes = self.spec.name, self.spec.shape
        if takes and (len(sizes) != len(takes) or not all(map(_fits, sizes, takes))):
            raise InvalidInput(f"input '{name}' has shape {list(sizes)}, but the model takes {list(takes)}"[:500])
        count, code = prod(sizes), self.datatype.code
        return Shape(sizes, count, Struct(f"<{count}{code}").pack if code and count <= _MANY else None)

    def check_floats(self, flat: Array, shape: Shape) -> None:
        """The scalar product is finite for nearly every good input: one cheap call instead of three. For few values
        the sum is cheaper still."""
        if not isfinite(sum(flat.tolist()) if flat.size <= _FEW else np.vdot(flat, flat)):
            self._refuse_infinity_and_nan(flat.reshape(shape.sizes))

    def check_strings(self, strings: Sequence[str]) -> None:
        if strings and max(map(len, strings)) * 4 > self._max_bytes:
            longest = max(len(string.encode()) for string in strings)
            if longest > self._max_bytes:
                raise InvalidInput(
                    f"input '{self.spec.name}' has a string of {longest} bytes: {self._max_bytes} are allowed"
                )

    def _refuse_infinity_and_nan(self, array: Array) -> None:
        name = self.spec.name
        if np.isinf(array).any():
            raise InvalidInput(f"input '{name}' has an infinite value, or one beyond {self.datatype.name}")
        missing = np.isnan(array)
        if self._forbidden.size == 1:
            if self._forbidden[0] and missing.any():
                raise InvalidInput(f"input '{name}' has a missing value (NaN or null): it must always have one")
            return
        found = np.argwhere(missing & self._forbidden)
        if found.size:
            row, column = found[0].tolist()
            raise InvalidInput(
                f"input '{name}' has a missing value (NaN or null) in row {row} for feature "
                f"'{self._columns[column]}', which must always have one"
            )


def _fits(size: int, wanted: int) -> bool:
    return wanted in (size, -1)
