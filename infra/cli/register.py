"""`serin register`: check a model folder and store it as a new version."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from infra.cli.session import Session
from serin.errors import BadRequest
from serin.registry.endpoints import Endpoint
from serin.registry.folder import Limits
from serin.registry.register import Candidate, Registered, check_folder, store_candidate

__all__ = ["register"]


def register(
    session: Session,
    folder: Annotated[Path, typer.Argument(help="Holds model.onnx, model.toml, golden.json.", show_default=False)],
    model: Annotated[
        str | None,
        typer.Option(help="The model; else `name` in model.toml, else the stage's only endpoint.", show_default=False),
    ] = None,
    max_artifact_mb: Annotated[int, typer.Option(help="The largest model.onnx to accept.", min=1)] = 250,
) -> None:
    """Check a model folder and store it as an immutable, numbered version.

    The folder holds model.onnx, model.toml (the manifest) and golden.json (examples with their expected outputs), and
    may hold baseline.parquet or baseline.csv, and evidence.json. The same content gets the same number again.
    """
    with session.voice.progress(f"checking {folder}"):
        session.voice.step(f"checking {folder}")
        candidate = check_folder(folder, Limits(artifact=max_artifact_mb * 2**20))
        endpoint = _endpoint(session, model, candidate)
        registered = store_candidate(
            candidate,
            endpoint.model,
            artifacts=session.bucket(endpoint),
            versions=session.versions(endpoint),
            actor=session.actor,
            on_step=session.voice.step,
        )
    for warning in registered.warnings:
        session.voice.warn(warning)
    session.voice.result(_document(registered), _sentence(registered))


def _endpoint(session: Session, model: str | None, candidate: Candidate) -> Endpoint:
    name = model or candidate.name
    if name:
        return session.directory.get(name)
    endpoints = session.directory.all()
    if len(endpoints) != 1:
        known = ", ".join(endpoint.model for endpoint in endpoints) or "none"
        raise BadRequest(f"Which model is it? Add --model NAME, or `name` to model.toml. The endpoints are: {known}.")
    return endpoints[0]


def _document(registered: Registered) -> dict[str, object]:
    record = registered.record
    return {
        "model": record.model,
        "version": record.number,
        "created": registered.created,
        "digest": record.digest,
        "artifact_sha256": record.artifact,
        "artifact_bytes": record.artifact_bytes,
        "manifest_sha256": record.manifest,
        "golden_sha256": record.golden,
        "baseline_sha256": record.baseline,
        "evidence_sha256": record.evidence,
        "signature": record.signature,
        "warnings": list(registered.warnings),
    }


def _sentence(registered: Registered) -> str:
    record = registered.record
    what = "registered" if registered.created else "was registered before, with the same content"
    return escape(f"{record} {what}: artifact sha256 {record.artifact[:12]}…  Next: serin deploy {record}")
