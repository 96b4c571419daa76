"""`serin register`: check a model folder and store it as a new version."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from infra.cli.code_state import code_state
from infra.cli.session import Session
from serin.errors import BadRequest
from serin.registry.endpoints import Endpoint
from serin.registry.folder import Limits, ModelFolder, read_folder
from serin.registry.mlflow.folder import read_mlflow
from serin.registry.register import Candidate, Registered, check_files, store_candidate
from serin.registry.training_code import states_commit, with_code

__all__ = ["register"]


def register(
    session: Session,
    folder: Annotated[
        Path | None, typer.Argument(help="Holds model.onnx, model.toml, golden.json.", show_default=False)
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="The model; else `name` in model.toml, else the stage's only endpoint.", show_default=False),
    ] = None,
    code: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The git work tree of the training code; else where you are.", show_default=False
        ),
    ] = None,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Also code with uncommitted changes; that is recorded.")
    ] = False,
    from_mlflow: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Instead of FOLDER: an MLflow model, as it is.", show_default=False),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A partial model.toml that goes over what MLflow says.", show_default=False),
    ] = None,
    golden: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A golden.json instead of MLflow's input example.", show_default=False),
    ] = None,
    max_artifact_mb: Annotated[int, typer.Option(help="The largest model.onnx to accept.", min=1)] = 250,
) -> None:
    """Check a model folder and store it as an immutable, numbered version.

    The folder holds model.onnx, model.toml (the manifest) and golden.json (examples with their expected outputs), and
    may hold baseline.parquet or baseline.csv, and evidence.json. The same content gets the same number again.

    Where model.toml names no commit, it is that of the work tree DIR. With --from-mlflow, PATH is a folder with an
    MLmodel file: mlruns/<experiment>/<run>/artifacts/<name>, or mlruns/<experiment>/models/<id>/artifacts.
    """
    limits = Limits(artifact=max_artifact_mb * 2**20)
    with session.voice.progress(f"checking {folder or from_mlflow}"):
        session.voice.step(f"checking {folder or from_mlflow}")
        files = _files(folder, from_mlflow, limits, manifest, golden)
        candidate = check_files(_with_code(files, code, guess=folder is not None, allow_dirty=allow_dirty))
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


def _files(
    folder: Path | None, mlflow: Path | None, limits: Limits, manifest: Path | None, golden: Path | None
) -> ModelFolder:
    if mlflow and not folder:
        return read_mlflow(mlflow, limits, manifest, golden)
    if not folder or mlflow:
        raise BadRequest("Give a model folder, or --from-mlflow PATH: one of the two.")
    if manifest or golden:
        raise BadRequest(
            "--manifest and --golden belong to --from-mlflow: a folder has a model.toml and a golden.json."
        )
    return read_folder(folder, limits)


def _with_code(files: ModelFolder, code: Path | None, *, guess: bool, allow_dirty: bool) -> ModelFolder:
    """Its commit is that of the code; without `code`, of the work tree we are in, where one may guess."""
    found = None
    if code or (guess and not states_commit(files.manifest)):
        found = code_state(code or Path.cwd(), leave_out=files.path)
    if code and found is None:
        raise BadRequest(f"--code {code} is in no git work tree with a commit: name the one with the training code.")
    return replace(files, manifest=with_code(files.manifest, found, allow_dirty=allow_dirty))


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
        "parent": record.parent,
        "relation": record.relation,
        "warnings": list(registered.warnings),
    }


def _sentence(registered: Registered) -> str:
    record = registered.record
    what = "registered" if registered.created else "was registered before, with the same content"
    return escape(f"{record} {what}: artifact sha256 {record.artifact[:12]}…  Next: serin deploy {record}")
