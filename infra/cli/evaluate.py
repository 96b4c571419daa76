"""`serin evaluate`: what a version is worth on given rows, beside the version that is live."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from infra.cli.dossier import subject_of
from infra.cli.evaluation_page import evaluation_page
from infra.cli.live import live_of
from infra.cli.session import Session
from serin.errors import BadRequest
from serin.evidence.bootstrap import DRAWS
from serin.evidence.evaluate import Evaluated, Question
from serin.evidence.evaluate import evaluate as measure
from serin.evidence.evaluation import Evaluation
from serin.evidence.subject import Subject
from serin.gates.thresholds import Thresholds
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef
from serin.registry.records import AuditEntry

__all__ = ["evaluate"]


def evaluate(
    session: Session,
    version: Annotated[str, typer.Argument(metavar="MODEL@N", help="A version, e.g. churn@3.", show_default=False)],
    data: Annotated[
        Path, typer.Option(help="A csv or parquet file of rows the version was not trained on.", show_default=False)
    ],
    label: Annotated[str, typer.Option(help="Its column that says what really happened.", show_default=False)],
    against: Annotated[
        str | None, typer.Option(metavar="MODEL@M", help="Compare with this version.", show_default="the live one")
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="A column whose groups are compared, beside [fairness] columns in model.toml; may be repeated.",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="From which probability on a binary decision is positive.", min=0, max=1)
    ] = 0.5,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure and store nothing.")] = False,
) -> None:
    """Measure a version on the rows of a file, beside the version that is live, and keep it as evidence.

    Figures come with 95 % intervals, differences are paired row by row, latency is that of single requests on this
    machine. The newest evaluation is the one that counts for `serin check` and `serin deploy`.
    """
    model, number = ModelRef.parse_version(version)
    endpoint = session.directory.get(model)
    candidate = subject_of(session, endpoint, number)
    rival = _rival(session, endpoint, number, against)
    limits = Thresholds.from_dict(endpoint.gates).fairness
    question = Question(data, label, tuple(group or ()), threshold, limits)
    evaluated = _measured(session, candidate, rival, question)
    evaluation = evaluated.evaluation
    if not dry_run:
        session.evidence(endpoint).add(evaluation, _audit(evaluation))
    for warning in evaluated.warnings:
        session.voice.warn(warning)
    document = {**evaluation.to_dict(), "stored": not dry_run, "warnings": list(evaluated.warnings)}
    closing = "Nothing was stored." if dry_run else f"Stored as evidence {evaluation.id}.  Next: serin check {version}"
    session.voice.result(document, evaluation_page(evaluation), closing)


def _rival(session: Session, endpoint: Endpoint, number: int, against: str | None) -> Subject | None:
    """None where no version is live, or the one that is asked about."""
    if against is None:
        live = live_of(session, endpoint).model_version
        return subject_of(session, endpoint, live) if live not in {None, number} else None
    model, other = ModelRef.parse_version(against)
    if model != endpoint.model or other == number:
        raise BadRequest(
            f"{endpoint.model}@{number} is compared with another version of {endpoint.model}, not {against}."
        )
    return subject_of(session, endpoint, other)


def _measured(session: Session, candidate: Subject, rival: Subject | None, question: Question) -> Evaluated:
    with Progress(console=session.voice.err, transient=True) as bar:
        task = bar.add_task(f"evaluating {candidate.record}", total=DRAWS)
        return measure(
            candidate,
            rival,
            question,
            by=session.actor,
            now=datetime.now(UTC),
            on_step=session.voice.step,
            on_draw=lambda: bar.advance(task),
        )


def _audit(evaluation: Evaluation) -> AuditEntry:
    about = {
        "version": evaluation.version, "evaluation": evaluation.id, "data": evaluation.data,
        "data_sha256": evaluation.data_sha256, "rows": evaluation.rows, "label": evaluation.label,
        "against": evaluation.rival.version if evaluation.rival else None,
    }  # fmt: skip
    now = datetime.fromisoformat(evaluation.at)
    return AuditEntry.of(evaluation.model, "evaluate", evaluation.by, now, **about)
