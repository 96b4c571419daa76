"""How good is a version on given rows, beside the version that is live: figures, subgroups and latency, in one pass."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from serin.drift.calendar import Places
from serin.errors import BadRequest
from serin.evidence.answers import Answers, Task
from serin.evidence.bootstrap import Floats
from serin.evidence.data import Data, feeds, read_data
from serin.evidence.estimates import compare
from serin.evidence.evaluation import Estimate, Evaluation, Latency, Rival
from serin.evidence.labels import has_label, outcome_of
from serin.evidence.latency import machine, of_model, take_turns
from serin.evidence.metrics import Figure, figures
from serin.evidence.subgroups import subgroups
from serin.evidence.subject import Subject
from serin.registry.records import timestamp
from serin.registry.ulid import ulid
from serin.serving import session

__all__ = ["Evaluated", "Question", "evaluate"]

_FEWEST_ROWS = 20
_FEW_OF_A_CLASS = 50
_TIMED_ROWS = 200


@dataclass(frozen=True)
class Question:
    """By which rows and columns; `groups` come beside those that the version declares. `limits` are those of
    serin.fairness, from the endpoint's gates. Of more than `most_rows` as many are drawn by chance: 100,000 take about
    six seconds."""

    file: Path
    label: str
    groups: tuple[str, ...] = ()
    threshold: float = 0.5
    limits: Mapping[str, Any] = field(default_factory=dict)
    most_rows: int = 200_000


@dataclass(frozen=True)
class Evaluated:
    evaluation: Evaluation
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Side:
    """One of the versions that are compared, on the rows that have a label."""

    subject: Subject
    data: Data
    answers: Answers
    outcome: Floats
    figures: dict[str, Figure]


def evaluate(
    candidate: Subject,
    rival: Subject | None,
    question: Question,
    *,
    by: str,
    now: datetime,
    on_step: Callable[[str], None] = lambda _: None,
    on_draw: Callable[[], None] = lambda: None,
) -> Evaluated:
    """Raises BadRequest for a file, a label or answers that tell nothing, or versions that can't be compared."""
    sides, warnings = _sides(candidate, rival, question, on_step)
    on_step("drawing rows anew for the intervals")
    rivals = sides[1].figures if rival else {}
    figured = compare(sides[0].figures, rivals, len(sides[0].outcome), on_draw=on_draw)
    on_step("measuring the latency of single requests")
    latencies = _latencies(sides)
    evaluation = _written(sides, question, figured, latencies, by, now)
    return Evaluated(evaluation, (*warnings, *_doubts(sides[0])))


def _sides(
    candidate: Subject, rival: Subject | None, question: Question, on_step: Callable[[str], None]
) -> tuple[list[_Side], list[str]]:
    """Each of them on the same rows; and what is odd about these."""
    on_step(f"reading {question.file}")
    extra = dict.fromkeys((question.label, *_groups(candidate, question)))
    data = read_data(question.file, candidate.features, tuple(extra))
    places, warnings = _rows(data, question)
    sides = []
    for subject in filter(None, (candidate, rival)):
        on_step(f"running {subject.record} on {len(places):,} rows")
        found = data if subject is candidate else read_data(question.file, subject.features, (question.label,))
        sides.append(_side(subject, found.at(places), question))
    _comparable(sides)
    return sides, warnings


def _groups(candidate: Subject, question: Question) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*candidate.groups, *question.groups)))


def _written(
    sides: Sequence[_Side],
    question: Question,
    figured: tuple[dict[str, Estimate], ...],
    latencies: Sequence[Latency],
    by: str,
    now: datetime,
) -> Evaluation:
    side, (own, other, differences) = sides[0], figured
    return Evaluation(
        id=ulid(now),
        model=side.subject.record.model,
        version=side.subject.record.number,
        at=timestamp(now),
        by=by,
        task=side.answers.task.value,
        data=side.data.name,
        data_sha256=side.data.sha256,
        rows=len(side.outcome),
        label=question.label,
        metrics=own,
        latency=latencies[0],
        machine=machine(),
        rival=Rival(sides[1].subject.record.number, other, differences, latencies[1]) if len(sides) > 1 else None,
        fairness=_fairness(side, question),
        threshold=question.threshold if side.answers.task is Task.BINARY else None,
    )


def _rows(data: Data, question: Question) -> tuple[Places, list[str]]:
    """Those with a label, at most so many of them, drawn by chance."""
    label, most = question.label, question.most_rows
    labelled = np.flatnonzero(has_label(data.others[label]))
    warnings = []
    if lost := data.rows - len(labelled):
        warnings.append(f"{lost:,} of {data.rows:,} rows have no {label} and are left out.")
    if len(labelled) < _FEWEST_ROWS:
        raise BadRequest(
            f"{len(labelled)} rows of {data.name} have a {label}: figures need {_FEWEST_ROWS} at least, and gates more."
        )
    if len(labelled) > most:
        warnings.append(f"{most:,} of {len(labelled):,} rows are used, drawn by chance.")
        labelled = np.sort(np.random.default_rng(0).choice(labelled, most, replace=False))
    return labelled, warnings


def _side(subject: Subject, data: Data, question: Question) -> _Side:
    answers = subject.answer(data)
    rows = len(answers.scores)  # a model of a fixed batch leaves out what does not fill one
    outcome, classes = outcome_of(data.others[question.label][:rows], answers, question.label)
    found = figures(answers, outcome, classes, threshold=question.threshold, quantile=subject.quantile)
    return _Side(subject, data.at(np.arange(rows)), answers, outcome, found)


def _comparable(sides: Sequence[_Side]) -> None:
    for other in sides[1:]:
        one = sides[0]
        if other.answers.task is not one.answers.task or len(other.outcome) != len(one.outcome):
            raise BadRequest(
                f"{one.subject.record} is {one.answers.task} on {len(one.outcome):,} rows and {other.subject.record} "
                f"{other.answers.task} on {len(other.outcome):,}: compare with another version, by --against."
            )


def _doubts(side: _Side) -> list[str]:
    snapshot = str(side.subject.manifest.get("data", {}).get("sha256", "")).lower()
    trained_on = {side.subject.record.baseline, snapshot}
    doubts = []
    if side.data.sha256 in trained_on:
        doubts.append(f"{side.data.name} is what {side.subject.record} was trained on: this is no proof of anything.")
    if side.answers.task is not Task.REGRESSION:
        counts = np.bincount(side.outcome.astype(np.int64))
        if (few := int(counts[counts > 0].min())) < _FEW_OF_A_CLASS:
            doubts.append(f"The rarest class has {few} rows: expect wide intervals.")
    return doubts


def _latencies(sides: Sequence[_Side]) -> tuple[Latency, ...]:
    """Of single rows, or of the batch that one of the models is fixed to."""
    batch = max((1, *(spec.shape[0] for side in sides for spec in side.subject.signature.inputs if spec.shape)))
    runs = []
    for side in sides:
        signature, rows = side.subject.signature, min(side.data.rows, _TIMED_ROWS * batch)
        batches = [np.arange(at, at + batch) for at in range(0, rows - batch + 1, batch)]
        given = [feeds(signature, side.subject.features, side.data, places) for places in batches]
        runs.append(of_model(session.load(side.subject.artifact), given))
    return take_turns(runs, batch)


def _fairness(side: _Side, question: Question) -> dict[str, Any] | None:
    columns = {name: side.data.others[name] for name in _groups(side.subject, question)}
    if not columns:
        return None
    return subgroups(side.answers, side.outcome, columns, threshold=question.threshold, limits=question.limits)
