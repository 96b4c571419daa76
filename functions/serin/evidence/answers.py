"""What did a model answer, in the terms in which it is judged: a probability, one for each class, or a number?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from serin.errors import BadRequest
from serin.evidence.bootstrap import Floats
from serin.serving.confidence import confidence_output
from serin.serving.scores import score_output
from serin.serving.signature import Signature
from serin.serving.tensors import DATATYPES, Array

__all__ = ["Answers", "Task", "answers_of"]


class Task(StrEnum):
    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


@dataclass(frozen=True)
class Answers:
    """`scores`: the probability of the second of two classes [rows], that of each of several [rows, classes], or a
    number [rows]. `said` is the class by its name, where the model names one."""

    task: Task
    scores: Floats
    said: Array | None = None

    def first(self, rows: int) -> "Answers":
        return Answers(self.task, self.scores[:rows], None if self.said is None else self.said[:rows])

    @property
    def probabilities(self) -> Floats:
        """Of a classifier, [rows, classes]."""
        return np.column_stack([1 - self.scores, self.scores]) if self.task is Task.BINARY else self.scores


def answers_of(name: str, outputs: Mapping[str, Array], signature: Signature, task: str) -> Answers:
    """Raises BadRequest, naming the version, for answers that can't be judged."""
    if task != "classification":
        output = score_output(signature, task)
        return Answers(Task.REGRESSION, _finite(name, _found(name, output, outputs, "no output with a number a row")))
    output = confidence_output(signature, task)
    scores = _finite(name, _found(name, output, outputs, "no output with probabilities"))
    if scores.min() < 0 or scores.max() > 1:
        raise BadRequest(
            f"{name} gives {output!r} from {scores.min():.4g} to {scores.max():.4g}: probabilities lie between 0 and 1."
        )
    if scores.ndim == 2 and scores.shape[1] > 2:
        return Answers(Task.MULTICLASS, scores, _said(outputs, signature))
    return Answers(Task.BINARY, scores if scores.ndim == 1 else scores[:, -1], _said(outputs, signature))


def _found(name: str, output: str | None, outputs: Mapping[str, Array], lacks: str) -> Array:
    if output is None or output not in outputs or not 1 <= outputs[output].ndim <= 2:
        raise BadRequest(f"{name} has {lacks}, so there is nothing to measure: register it with one.")
    found = outputs[output]
    return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found


def _finite(name: str, array: Array) -> Floats:
    values: Floats = np.asarray(array, np.float64)
    wrong = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if wrong.any():
        raise BadRequest(
            f"{name} answers {int(wrong.sum()):,} of {len(values):,} rows with NaN or an infinite value, the first of "
            f"them row {int(np.argmax(wrong)) + 1} of those that have a label: no figure is told of the others alone."
        )
    return values


def _said(outputs: Mapping[str, Array], signature: Signature) -> Array | None:
    for spec in signature.outputs:
        found = outputs.get(spec.name)
        if found is not None and not DATATYPES[spec.datatype].is_float and found.size == len(found):
            return found.ravel()
    return None
