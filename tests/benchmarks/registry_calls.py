"""What do the registry's operations take, beside the boto3 calls that nobody can do without?

    python -m tests.benchmarks registry [--json FILE]

moto answers in this process, so there is no network in it: over one, both would be slower by the same.
"""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from onnxruntime import InferenceSession

from serin.aws.dynamodb import Table, partition
from serin.aws.release_table import ReleaseTable
from serin.aws.rollout_table import RolloutTable
from serin.aws.s3 import Bucket
from serin.aws.version_table import VersionTable
from serin.registry.records import AuditEntry, VersionRecord
from serin.registry.register import Candidate, check_folder, store_candidate
from serin.rollout.guardrails import guardrails
from serin.rollout.plan_text import parse_plan
from serin.rollout.release import Release
from serin.rollout.state import Rollout
from tests.benchmarks.beside import Pair, alike_long, both
from tests.benchmarks.hotpath_release import released
from tests.benchmarks.registry_stage import BUCKET, TABLE, Aws, Operation, bare, whole
from tests.benchmarks.report import Figures, parser, run

__all__ = ["tables"]

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_BARE = "the bare calls to boto3, which moto answers"
_MODEL, _VERSIONS = "flights", 20
_ASKED_FIRST = frozenset({"GetItem"})


def tables(quick: bool = False) -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-registry-") as name:
        folder = Path(name)
        artifact = released(folder).artifact
        candidate, aws = check_folder(folder), Aws()
        check = alike_long(lambda: check_folder(folder), lambda: InferenceSession(artifact))
        print("Through serin.aws, boto3 and moto, ms\n")
        pairs = [
            Pair(
                "registry, check a folder", *check, "ONNX Runtime's session of its model", times=1, per=1000, unit="ms"
            )
        ]
        for one in _operations(aws, candidate):
            pairs.append(Pair(one.name, whole(aws, one), bare(aws, one), _BARE, times=3, per=1000, unit="ms"))
        return both(pairs, 4 if quick else 12)


def _operations(aws: Aws, candidate: Candidate) -> list[Operation]:
    table, bucket = Table(aws.client("dynamodb"), TABLE), Bucket(aws.client("s3"), BUCKET)
    versions, releases, rollouts = VersionTable(table), ReleaseTable(table), RolloutTable(table)

    def store(number: int) -> None:
        content = {f"{key}-{number}": data for key, data in candidate.content.items()}
        one = replace(candidate, content=content, record=replace(candidate.record, digest=f"{number}"))
        store_candidate(one, _MODEL, artifacts=bucket, versions=versions, actor="me")

    def registered() -> None:
        for number in range(1, _VERSIONS + 1):
            table.put_new(partition(_MODEL), f"VERSION#{number:06d}", _record(candidate, number).to_dict())

    def release(number: int) -> None:
        made = Release(_MODEL, number, 1, "code", "fingerprint", "2026-01-01T00:00:00Z", "me")
        releases.add(made, AuditEntry.of(_MODEL, "release", "me", _NOW, release=number, version=1))

    def rollout(number: int) -> None:
        model = f"{_MODEL}-{number}"
        begun = Rollout.start("01R", model, 2, 1, parse_plan("canary"), guardrails(), "me", _NOW, version=2)
        rollouts.start(begun, AuditEntry.of(model, "rollout", "me", _NOW, did="START", rollout="01R"))

    return [
        Operation("registry, register what was checked", store, spared=_ASKED_FIRST),
        Operation("registry, show a version", lambda number: versions.get(_MODEL, number + 1), registered),
        Operation(f"registry, list {_VERSIONS} versions", lambda _: list(versions.all(_MODEL)), registered),
        Operation("registry, write a release", release),
        Operation("registry, begin a rollout", rollout),
    ]


def _record(candidate: Candidate, number: int) -> VersionRecord:
    return replace(candidate.record, model=_MODEL, number=number, created_at="2026-01-01T00:00:00Z", created_by="me")


if __name__ == "__main__":
    run({"registry": tables}, parser(__doc__).parse_args().json)
