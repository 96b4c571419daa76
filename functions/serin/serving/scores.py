"""What does a receipt remember of an answer? One number a row: which output holds it, and which of its columns."""

from collections.abc import Sequence
from typing import TypeAlias

from serin.serving.confidence import confidence_output
from serin.serving.signature import Signature, TensorSpec
from serin.serving.tensors import DATATYPES, Array

__all__ = ["score_of", "score_output"]

Scores: TypeAlias = Array | Sequence[float]


def score_output(signature: Signature, task: str | None) -> str | None:
    """A classifier's probabilities; else the first output with one floating number a row; None if neither."""
    floats = [spec for spec in signature.outputs if DATATYPES[spec.datatype].is_float]
    return confidence_output(signature, task) or next((spec.name for spec in floats if _one_a_row(spec)), None)


def score_of(array: Array, rows: int) -> Scores | None:
    """The probability of class 1 of two, the largest of several, the number itself where it is one.

    None where the array has not one entry a row.
    """
    shape = array.shape
    if not 1 <= len(shape) <= 2 or shape[0] != rows:
        return None
    if rows == 1:  # for which numpy takes ten times as long
        values: list[float] = array.ravel().tolist()
        return (values[-1:] if len(values) <= 2 else [max(values)]) or None
    if len(shape) == 1:
        return array
    classes = shape[1]
    if not classes:
        return None
    largest: Array = array[:, classes - 1] if classes <= 2 else array.max(axis=1)
    return largest


def _one_a_row(spec: TensorSpec) -> bool:
    return len(spec.shape) == 1 or (len(spec.shape) == 2 and spec.shape[1] == 1)
