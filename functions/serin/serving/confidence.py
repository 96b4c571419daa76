"""How sure is a model of its answer: which output says so, and is the first row below the limit? A request counts
once whatever its size: the rows of a batch depend on each other, and the tests of a rollout need independence."""

from collections.abc import Mapping
from dataclasses import dataclass

from serin.serving.signature import Signature, TensorSpec
from serin.serving.tensors import DATATYPES, Array

__all__ = ["Confidence", "confidence_output", "first_row_confidence"]

_NAMES = ("prob", "score")


@dataclass(frozen=True, slots=True)
class Confidence:
    """The output that says how sure the model is, and the limit below which that is too little."""

    output: str
    limit: float

    def is_low(self, outputs: Mapping[str, Array]) -> bool:
        """No where the caller did not ask for this output, or where it holds no probabilities."""
        array = outputs.get(self.output)
        value = None if array is None else first_row_confidence(array)
        return value is not None and value < self.limit


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


def _per_class(spec: TensorSpec) -> bool:
    return len(spec.shape) == 2 and (spec.shape[1] >= 2 or spec.shape[1] == -1)


def _of_one_class(spec: TensorSpec) -> bool:
    named = any(part in spec.name.lower() for part in _NAMES)
    return named and (len(spec.shape) == 1 or (len(spec.shape) == 2 and spec.shape[1] == 1))
