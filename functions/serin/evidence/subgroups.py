"""How did each group of rows fare? Asked of serin.fairness, in the terms of the task."""

from collections.abc import Mapping
from typing import Any

from serin.evidence.answers import Answers, Task
from serin.evidence.bootstrap import Floats
from serin.fairness.limits import Limits
from serin.fairness.report import Report, answer_report, subgroup_report
from serin.serving.tensors import Array

__all__ = ["subgroups"]


def subgroups(
    answers: Answers, outcome: Floats, columns: Mapping[str, Array], *, threshold: float, limits: Mapping[str, Any]
) -> dict[str, Any]:
    """The document of serin.fairness. Raises InvalidSettings for limits or groups that can't be compared."""
    return _report(answers, outcome, columns, threshold, Limits.from_dict(limits)).to_dict()


def _report(
    answers: Answers, outcome: Floats, columns: Mapping[str, Array], threshold: float, limits: Limits
) -> Report:
    score = answers.scores
    match answers.task:
        case Task.BINARY:
            return subgroup_report(outcome, score, score >= threshold, columns, limits=limits)
        case Task.MULTICLASS:
            return answer_report(score.argmax(axis=1) != outcome, columns, limits=limits)
        case Task.REGRESSION:
            return subgroup_report(outcome, score, None, columns, limits=limits)
