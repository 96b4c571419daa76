"""What does a version answer, row by row: which decision, and with which scores?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serin.serving.scores import score_output
from serin.serving.signature import Signature
from serin.serving.tensors import DATATYPES, Array

__all__ = ["Answers", "answers_of"]

_THRESHOLD = 0.5


@dataclass(frozen=True)
class Answers:
    """`labels` are the model's own; `scores` have a column a class or value, of two classes only that of the second."""

    rows: int
    labels: Array | None = None
    scores: Array | None = None

    @property
    def decisions(self) -> Array | None:
        """By the scores: the class with the largest, or whether the one there is reaches 0.5."""
        if self.scores is None:
            return None
        if self.scores.shape[1] == 1:
            return np.asarray(self.scores[:, 0] >= _THRESHOLD)
        return np.asarray(self.scores.argmax(axis=1))


def answers_of(outputs: Mapping[str, Array], signature: Signature, task: str, rows: int) -> Answers:
    """Outputs that have no entry for every row, as of an incomplete last batch of a fixed size, cut all to `rows`."""
    rows = min((len(one) for one in outputs.values()), default=rows)
    chosen = score_output(signature, task) or _first(outputs, signature, is_float=True)
    scores = outputs[chosen][:rows].reshape(rows, -1).astype(np.float64) if chosen in outputs and rows else None
    if scores is not None and task == "classification" and scores.shape[1] == 2:
        scores = scores[:, 1:]
    label = _first(outputs, signature, is_float=False) if task == "classification" else None
    labels = outputs[label][:rows].reshape(rows, -1) if label and rows else None
    return Answers(rows, labels[:, 0] if labels is not None and labels.shape[1] == 1 else None, scores)


def _first(outputs: Mapping[str, Array], signature: Signature, *, is_float: bool) -> str:
    names = (spec.name for spec in signature.outputs if DATATYPES[spec.datatype].is_float is is_float)
    return next((name for name in names if name in outputs), "")
