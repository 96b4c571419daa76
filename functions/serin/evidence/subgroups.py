"""How did each group of rows fare? Asked of serin.fairness, in the terms that it knows: two classes, or a number."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from serin.evidence.answers import Answers, Task
from serin.evidence.bootstrap import Floats
from serin.serving.tensors import Array

__all__ = ["subgroups"]


def subgroups(
    answers: Answers, outcome: Floats, columns: Mapping[str, Array], *, threshold: float, limits: Mapping[str, Any]
) -> dict[str, Any]:
    """The document of serin.fairness. Of several classes, whether the answer was wrong is compared: its mean is the
    error rate. Raises InvalidSettings for limits or groups that can't be compared."""
    report = import_module("serin.fairness.report").subgroup_report
    known = import_module("serin.fairness.limits").Limits.from_dict(limits)
    decision: Array | None = None
    score = answers.scores
    if answers.task is Task.BINARY:
        decision = score >= threshold
    elif answers.task is Task.MULTICLASS:
        outcome, score = np.zeros(len(outcome)), (score.argmax(axis=1) != outcome).astype(np.float64)
    document: dict[str, Any] = report(outcome, score, decision, columns, limits=known).to_dict()
    return document
