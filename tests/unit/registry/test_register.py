"""Is every content numbered once, and nothing lost, however many register at once and wherever one dies?"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from serin.errors import Conflict, NotFound
from serin.registry.records import AuditEntry, VersionRecord
from serin.registry.register import Candidate, Registered, check_folder, register_folder, store_candidate
from tests.unit.registry import folders
from tests.unit.registry.conftest import Cloud


def _store(cloud: Cloud, candidate: Candidate) -> Registered:
    return store_candidate(
        candidate, "churn", artifacts=cloud.bucket, versions=cloud.versions, actor="me", pause=lambda _: None
    )


def test_a_version_is_stored_once_and_read_back(cloud: Cloud, tmp_path: Path) -> None:
    """The record names content that is there, and the audit trail has the registration."""
    folder = folders.write_folder(tmp_path, evidence_json='{"auc": 0.9}', baseline_csv="distance,delay\n1,2\n")
    done = register_folder(folder, "churn", artifacts=cloud.bucket, versions=cloud.versions, actor="me")
    record = cloud.versions.get("churn", 1)
    assert (done.created, record) == (True, done.record)
    assert cloud.bucket.read(f"artifacts/sha256/{record.artifact}") == (folder / "model.onnx").read_bytes()
    assert cloud.bucket.read(f"baselines/sha256/{record.baseline}").startswith(b"distance")
    assert b'"signature"' in cloud.bucket.read(f"documents/sha256/{record.manifest}")
    assert cloud.items() == ["AUDIT", "DIGEST", "META", "VERSION"]


def test_the_same_content_gets_the_same_number(cloud: Cloud, tmp_path: Path) -> None:
    """Also when the files are written in another order."""
    candidate = check_folder(folders.write_folder(tmp_path))
    assert _store(cloud, candidate).created
    again = _store(cloud, candidate)
    assert (again.created, again.record.number) == (False, 1)
    assert cloud.versions.count("churn") == 1


def test_concurrent_registrations_get_their_own_numbers(cloud: Cloud, tmp_path: Path) -> None:
    """Six contents, each registered twice at once: six numbers without a gap, nothing lost, nothing doubled."""
    candidates = [check_folder(folders.write_folder(tmp_path / str(n), factor=float(n))) for n in range(2, 8)]
    with ThreadPoolExecutor(12) as pool:
        done = list(pool.map(lambda candidate: _store(cloud, candidate), candidates * 2))
    numbers = {result.record.digest: result.record.number for result in done}
    assert sorted(numbers.values()) == [1, 2, 3, 4, 5, 6]
    assert all(numbers[result.record.digest] == result.record.number for result in done)
    assert sum(result.created for result in done) == 6
    assert {record.digest for record in cloud.versions.all("churn")} == set(numbers)
    assert cloud.items().count("AUDIT") == 6


class Died(BaseException):
    """The process ends here."""


@dataclass
class Mortal:
    """Both ports in one; dies right after its nth effect."""

    cloud: Cloud
    left: int
    effects: list[str] = field(default_factory=list)

    def put(self, key: str, data: bytes) -> None:
        self.cloud.bucket.put(key, data)
        self._effect(key)

    def add(self, record: VersionRecord, audit: AuditEntry) -> None:
        self.cloud.versions.add(record, audit)
        self._effect("record")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cloud.versions, name)

    def _effect(self, what: str) -> None:
        self.effects.append(what)
        if len(self.effects) == self.left:
            raise Died


@pytest.mark.parametrize("effects", [1, 2, 3, 4])
def test_dying_anywhere_leaves_nothing_that_a_rerun_does_not_finish(cloud: Cloud, tmp_path: Path, effects: int) -> None:
    """Content without a record at worst; then the rerun gives number 1."""
    candidate = check_folder(folders.write_folder(tmp_path))
    mortal = Mortal(cloud, effects)
    with pytest.raises(Died):
        store_candidate(candidate, "churn", artifacts=mortal, versions=mortal, actor="me")
    assert cloud.versions.count("churn") == (1 if mortal.effects[-1] == "record" else 0)
    assert _store(cloud, candidate).record.number == 1
    assert cloud.items() == ["AUDIT", "DIGEST", "META", "VERSION"]


def test_a_number_that_is_taken_is_a_conflict(cloud: Cloud, tmp_path: Path) -> None:
    """No record is ever overwritten."""
    done = _store(cloud, check_folder(folders.write_folder(tmp_path)))
    with pytest.raises(Conflict):
        cloud.versions.add(done.record, AuditEntry("churn", "01", "register", "me", ""))
    assert cloud.items().count("AUDIT") == 1


def test_an_unknown_version_says_how_many_there_are(cloud: Cloud) -> None:
    """The sentence names model, number and count."""
    with pytest.raises(NotFound, match=r"churn@3 does not exist: churn has 0 versions"):
        cloud.versions.get("churn", 3)
