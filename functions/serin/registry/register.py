"""From a folder to an immutable, numbered model version.

Content goes first, each piece under its hash; the record that names it comes last, in one transaction. Whoever
dies in between leaves content that nothing points to, and the next attempt finds it there.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from serin.errors import Conflict, InvalidModel, NotFound
from serin.registry.baseline import check_baseline
from serin.registry.canonical import canonical_json, digest_of, sha256
from serin.registry.folder import Limits, ModelFolder, read_folder
from serin.registry.manifest import Manifest
from serin.registry.names import ModelRef, check_name
from serin.registry.patience import Patience
from serin.registry.ports import ArtifactStore, VersionStore
from serin.registry.records import AuditEntry, VersionRecord, timestamp
from serin.registry.sketching import Sketched, sketch_of
from serin.registry.training_cost import training_usd
from serin.registry.trial import json_object, try_model

__all__ = ["Candidate", "Registered", "check_files", "check_folder", "register_folder", "store_candidate"]

_ATTEMPTS = 12


@dataclass(frozen=True)
class Candidate:
    """A folder that may be registered: its record, still without a number, and its content by key."""

    name: str | None
    record: VersionRecord
    content: dict[str, bytes]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Registered:
    """`created` is False when the same content was registered before."""

    record: VersionRecord
    created: bool
    warnings: tuple[str, ...]


def register_folder(
    folder: Path,
    model: str,
    *,
    artifacts: ArtifactStore,
    versions: VersionStore,
    actor: str,
    limits: Limits | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_step: Callable[[str], None] = lambda _: None,
) -> Registered:
    """Validate, store, number. Raises InvalidModel, and Conflict when others keep registering faster."""
    on_step(f"checking {folder}")
    candidate = check_folder(folder, limits)
    return store_candidate(
        candidate, check_name(model), artifacts=artifacts, versions=versions, actor=actor, now=now, on_step=on_step
    )


def check_folder(folder: Path, limits: Limits | None = None) -> Candidate:
    """Everything that can be found out without a cloud. Raises InvalidModel."""
    return check_files(read_folder(folder, limits))


def check_files(files: ModelFolder) -> Candidate:
    """The same for files that were read already."""
    manifest = Manifest.from_toml(files.manifest)
    examples = json_object("golden.json", files.golden)
    evidence = json_object("evidence.json", files.evidence) if files.evidence else None
    if files.baseline and files.baseline_format:
        check_baseline(files.baseline, files.baseline_format, manifest)
    signature = try_model(files.artifact, manifest, examples)
    documents = {
        "manifest": manifest.with_signature(signature.to_dict()),
        "golden": canonical_json(examples),
        "evidence": canonical_json(evidence) if evidence is not None else None,
    }
    candidate = _candidate(files, manifest, signature.to_dict(), documents)
    return _with_sketch(candidate, sketch_of(files, manifest, signature))


def _with_sketch(candidate: Candidate, sketched: Sketched) -> Candidate:
    """Beside the rest: the digest does not change, so equal content keeps its number however it is sketched."""
    digests = [None if data is None else sha256(data) for data in (sketched.sketch, sketched.seasons)]
    found = {
        f"documents/sha256/{digest}": data
        for digest, data in zip(digests, (sketched.sketch, sketched.seasons), strict=True)
        if data is not None
    }
    return replace(
        candidate,
        record=replace(candidate.record, sketch=digests[0], seasons=digests[1]),
        content=candidate.content | found,
        warnings=(*candidate.warnings, *sketched.warnings),
    )


def _candidate(
    files: ModelFolder, manifest: Manifest, signature: dict[str, object], documents: dict[str, bytes | None]
) -> Candidate:
    parts = {"artifact": files.artifact, "baseline": files.baseline, **documents}
    hashes = {name: sha256(data) if data is not None else None for name, data in parts.items()}
    record = VersionRecord(
        model="",
        number=0,
        digest=digest_of(hashes),
        artifact=sha256(files.artifact),
        artifact_bytes=len(files.artifact),
        manifest=str(hashes["manifest"]),
        golden=str(hashes["golden"]),
        baseline=hashes["baseline"],
        baseline_format=files.baseline_format,
        evidence=hashes["evidence"],
        training_usd=training_usd(manifest.document),
        signature=signature,
        task=manifest.task,
        description=str(manifest.document["description"]),
        parent=manifest.parent.get("version"),
        relation=manifest.parent.get("relation"),
        created_at="",
        created_by="",
    )
    folders = {"artifact": "artifacts", "baseline": "baselines"}
    content = {
        f"{folders.get(name, 'documents')}/sha256/{hashes[name]}": data
        for name, data in parts.items()
        if data is not None
    }
    return Candidate(manifest.name, record, content, files.warnings)


def store_candidate(
    candidate: Candidate,
    model: str,
    *,
    artifacts: ArtifactStore,
    versions: VersionStore,
    actor: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_step: Callable[[str], None] = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
) -> Registered:
    """Store the content, then take the next number, again and again until it is ours.

    Raises InvalidModel for a parent that does not exist, Conflict when others keep registering faster, and Throttled
    when storage stays too busy. Nothing of the version is visible then.
    """
    patiently = Patience(pause, on_step)
    _check_parent(candidate, versions, patiently)
    for key, data in candidate.content.items():
        on_step(f"storing {key} ({len(data):,} bytes)")
        patiently(partial(artifacts.put, key, data))
    for attempt in range(_ATTEMPTS):
        known = patiently(partial(versions.find, model, candidate.record.digest))
        if known is not None:
            return Registered(
                patiently(partial(versions.get, model, known)), created=False, warnings=candidate.warnings
            )
        at, number = now(), patiently(partial(versions.count, model)) + 1
        record = replace(candidate.record, model=model, number=number, created_at=timestamp(at), created_by=actor)
        audit = AuditEntry.of(model, "register", actor, at, version=number, digest=record.digest)
        try:
            patiently(partial(versions.add, record, audit))
        except Conflict:
            pause(random.uniform(0, 0.02 * 2 ** min(attempt, 6)))  # noqa: S311 - spreads attempts, guards nothing
            continue
        on_step(f"recorded {record}")
        return Registered(record, created=True, warnings=candidate.warnings)
    raise Conflict(f"Others registered versions of {model} {_ATTEMPTS} times in a row: run the command again.")


def _check_parent(candidate: Candidate, versions: VersionStore, patiently: Patience) -> None:
    if candidate.record.parent is None:
        return
    try:
        patiently(partial(versions.get, *ModelRef.parse_version(candidate.record.parent)))
    except NotFound as error:
        raise InvalidModel(
            f"model.toml: [parent] version: {error} Register the parent first, or correct it."
        ) from error
