"""`serin optimize`: is there a form of a version that is faster and answers alike? Only then it becomes a version."""

import platform
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from infra.cli.export import write
from infra.cli.optimize_page import optimize_page
from infra.cli.session import Session
from infra.cli.version_of import version_of
from serin.diff.version import Version
from serin.errors import BadRequest, Conflict, GatesClosed
from serin.optimize.derive import Method, derive
from serin.optimize.folder import derived_folder, files_of
from serin.optimize.measure import Asked, Measured, measure
from serin.optimize.verdict import Verdict, decide
from serin.registry.canonical import canonical_json, sha256
from serin.registry.endpoints import Endpoint
from serin.registry.export import folder_of
from serin.registry.folder import ModelFolder
from serin.registry.names import ModelRef
from serin.registry.register import Registered, check_files, store_candidate

__all__ = ["optimize", "settle"]

_SAME_CPU = {"aarch64": "arm64", "AMD64": "x86_64"}


def optimize(
    session: Session,
    version: Annotated[str, typer.Argument(metavar="MODEL@N", help="The version to start from.", show_default=False)],
    data: Annotated[
        Path, typer.Option(help="A csv or parquet file of rows drawn from what it will meet.", show_default=False)
    ],
    int8: Annotated[bool, typer.Option("--int8", help="8-bit weights, activations quantized as they come.")] = False,
    fp16: Annotated[bool, typer.Option("--fp16", help="Half precision inside; inputs and outputs stay.")] = False,
    graph: Annotated[bool, typer.Option("--graph", help="The graph, optimized once instead of at each start.")] = False,
    label: Annotated[
        str | None, typer.Option(help="Its column that says what really happened: metrics too.", show_default=False)
    ] = None,
    epsilon: Annotated[
        float, typer.Option(help="How large a share of predictions may flip.", min=1e-6, max=0.5)
    ] = 0.001,
    batch: Annotated[str, typer.Option(help="Rows in a request; the first of these sizes has to get faster.")] = "1",
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="How far the prediction of a regression may move without counting as flipped.",
            min=0.0,
            show_default="1 % of the interquartile range",
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write its model folder here, whatever is decided.", show_default=False),
    ] = None,
) -> int:
    """Make a faster form of a version, and register it only if it is one and answers alike. Exit code 13 otherwise.

    Choose one of --int8, --fp16, --graph. Parent and derived version run in turns on this machine: the 99th percentile
    has to fall at the first batch size, with the whole 95 % interval of the ratio, and must not rise by more than 5 %
    at the others. Of the rows at most --epsilon may flip, by Wilson's upper limit: with 0.001 that takes 3,838 rows
    without a flip. --graph saves time at the start, and seldom any of a request. Metrics are shown and decide nothing.
    """
    method = _method(int8=int8, fp16=fp16, graph=graph)
    asked = Asked(data, _batches(batch), label, tolerance)
    model, number = ModelRef.parse_version(version)
    with session.voice.progress(f"reading {version}"):
        endpoint = session.directory.get(model)
        parent = version_of(session, endpoint, number)
        files = folder_of(parent.record, session.bucket(endpoint).read)
    with session.voice.progress(f"making {method} of {version}"):
        artifact = derive(parent.artifact, method)
        _check_new(session, endpoint, version, artifact)
        folder = derived_folder(version, files, parent.manifest, artifact, method)
        derived = _checked(folder, parent)
        measured = measure(parent, derived, asked, by=session.actor, now=datetime.now(UTC), on_step=session.voice.step)
    return settle(session, endpoint, folder, method, measured, epsilon=epsilon, keep=keep)


def settle(
    session: Session, endpoint: Endpoint, folder: ModelFolder, method: Method, measured: Measured, *, epsilon: float,
    keep: Path | None,
) -> int:  # fmt: skip
    """Decide, keep and register it, and say so."""
    verdict = decide(measured.speeds, measured.behaviour.flips, measured.golden, epsilon)
    evidence = {"method": method, "epsilon": epsilon, **measured.to_dict()}
    folder = replace(folder, evidence=canonical_json({"optimization": evidence}))
    if keep:
        write(files_of(folder), keep, force=False)
        session.voice.step(f"wrote {keep}")
    registered = _registered(session, endpoint, folder) if verdict.accepted else None
    _warn(session, endpoint)
    document = {
        **evidence, "registered": str(registered.record) if registered else None, "against": list(verdict.against),
        "folder": str(keep) if keep else None,
    }  # fmt: skip
    session.voice.result(document, optimize_page(measured, epsilon), _closing(verdict, registered, keep))
    return 0 if registered else GatesClosed.exit_code


def _method(*, int8: bool, fp16: bool, graph: bool) -> Method:
    chosen = [method for method, asked in zip(Method, (int8, fp16, graph), strict=True) if asked]
    if len(chosen) != 1:
        raise BadRequest("Choose one of --int8, --fp16 and --graph.")
    return chosen[0]


def _batches(text: str) -> tuple[int, ...]:
    sizes = tuple(int(part) if part.strip().isdecimal() else 0 for part in text.split(","))
    if not all(1 <= size <= 10_000 for size in sizes) or len(set(sizes)) < len(sizes):
        raise BadRequest(f"--batch {text}: write sizes from 1 to 10000 with commas between them, such as 1,32.")
    return sizes


def _check_new(session: Session, endpoint: Endpoint, version: str, artifact: bytes) -> None:
    """Measured again it would have other figures, and so be another version with the same content."""
    digest = sha256(artifact)
    for record in session.versions(endpoint).all(endpoint.model):
        if (record.artifact, record.parent) == (digest, version):
            raise Conflict(f"{record} is that already: serin diff {version} {record} compares them.")


def _checked(folder: ModelFolder, parent: Version) -> Version:
    """Through all that registration checks. It has no number yet."""
    candidate = check_files(folder)
    record = replace(candidate.record, model=parent.record.model)
    manifest = orjson.loads(candidate.content[f"documents/sha256/{record.manifest}"])
    return Version(record, manifest, orjson.loads(folder.golden), folder.artifact)


def _registered(session: Session, endpoint: Endpoint, folder: ModelFolder) -> Registered:
    return store_candidate(
        check_files(folder),
        endpoint.model,
        artifacts=session.bucket(endpoint),
        versions=session.versions(endpoint),
        actor=session.actor,
        on_step=session.voice.step,
    )


def _warn(session: Session, endpoint: Endpoint) -> None:
    here = platform.machine()
    if endpoint.architecture not in {"", _SAME_CPU.get(here, here)}:
        session.voice.warn(
            f"{endpoint.model} is served on {endpoint.architecture}, and this is {here}: kernels for 8 bits and half "
            "precision differ, in speed and in what they answer. Run it again on a machine of that kind."
        )


def _closing(verdict: Verdict, registered: Registered | None, keep: Path | None) -> str:
    if registered:
        return (
            f"Registered as {registered.record}.  Next: serin evaluate {registered.record} --data FILE --label COLUMN"
        )
    reasons = "".join(f"\n  - {reason}" for reason in verdict.against)
    return f"Not registered:{reasons}" + (f"\nIts folder is {keep}." if keep else "")
