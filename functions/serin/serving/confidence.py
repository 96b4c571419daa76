"""How sure is a model of its answer: which output says so, and is the first row below the limit? A request counts
once whatever its size: the rows of a batch depend on each other, and the tests of a rollout need independence."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from serin.serving.signature import Signature, TensorSpec
from serin.serving.tensors import DATATYPES, Array

__all__ = ["Confidence", "confidence_output", "first_row_confidence", "row_confidences"]

_NAMES = ("prob", "score")


class Confidence(NamedTuple):
    """The output that says how sure the model is, and the limit below which that is too little."""

    output: str
    limit: float

    def is_low(self, outputs: Mapping[str, Array]) -> bool:
        """No where the caller did not ask for this output, or where it holds no probabilities."""
        array = outputs.get(self.output)
        value = None if array is None else first_row_confidence(array)
        return value is not None and value < self.limit

    def unsure(self, array: Array, rows: int) -> Sequence[int]:
        """The rows below the limit, of this output; none where it has not one entry a row, or no probabilities."""
        if rows == 1:
            return self._lone(array)
        # Most are sure enough, and one look at all of them is a tenth of the work.
        if array.ndim == 2 and array.size and float(array.max(axis=1).min()) >= self.limit:
            return ()
        if not array.ndim or len(array) != rows:
            return ()
        found: list[int] = np.flatnonzero(row_confidences(array) < self.limit).tolist()
        return found

    def _lone(self, array: Array) -> Sequence[int]:
        """As `first_row_confidence`, for which numpy takes ten times as long."""
        values = array.ravel().tolist()
        high = max(values) if values else 1.0
        if high >= self.limit or (len(values) == 1 and 1.0 - high >= self.limit):
            return ()
        fits = array.ndim and len(array) == 1 and all(0.0 <= value <= 1.0 for value in values)
        return (0,) if fits else ()


def confidence_output(signature: Signature, task: str | None) -> str | None:
    """A classifier's first output with a probability per class, else its first with one named so; None if neither."""
    if task != "classification":
        return None
    floats = [spec for spec in signature.outputs if DATATYPES[spec.datatype].is_float]
    found = (*filter(_per_class, floats), *filter(_of_one_class, floats))
    return found[0].name if found else None


def first_row_confidence(array: Array) -> float | None:
    """The largest of the first row, or the larger of p and 1 - p where it has one value; None unless all are in
    [0, 1] (a logit, a NaN)."""
    if array.ndim == 0 or array.size == 0:
        return None
    row = array[0]
    low, high = float(row.min()), float(row.max())
    if not 0.0 <= low <= high <= 1.0:
        return None
    return max(high, 1.0 - high) if row.size == 1 else high


def row_confidences(array: Array) -> Array:
    """As `first_row_confidence`, of each row and in double precision; NaN for None."""
    lines = array.reshape(len(array), -1)
    if not lines.shape[1]:
        return np.full(len(array), np.nan)
    low, high = lines.min(axis=1), lines.max(axis=1).astype(np.float64)
    sure = np.maximum(high, 1.0 - high) if lines.shape[1] == 1 else high
    return np.where((low >= 0) & (high <= 1), sure, np.nan)


def _per_class(spec: TensorSpec) -> bool:
    return len(spec.shape) == 2 and (spec.shape[1] >= 2 or spec.shape[1] == -1)


def _of_one_class(spec: TensorSpec) -> bool:
    named = any(part in spec.name.lower() for part in _NAMES)
    return named and (len(spec.shape) == 1 or (len(spec.shape) == 2 and spec.shape[1] == 1))
