"""What the registry asks of storage, in its own words."""

from typing import Protocol

from serin.registry.records import AuditEntry, VersionRecord

__all__ = ["ArtifactStore", "VersionStore"]


class ArtifactStore(Protocol):
    """Content that is written once under a key made from its hash."""

    def put(self, key: str, data: bytes) -> None:
        """Store it; when the key is there already, do nothing."""


class VersionStore(Protocol):
    """The numbered versions of each model."""

    def find(self, model: str, digest: str) -> int | None:
        """The number of the version with this digest, if there is one."""

    def count(self, model: str) -> int:
        """The highest number given so far, 0 before the first."""

    def get(self, model: str, number: int) -> VersionRecord:
        """Raise NotFound when there is no such version."""

    def add(self, record: VersionRecord, audit: AuditEntry) -> None:
        """Write version, digest, counter and audit together; raise Conflict when the number or digest is taken."""
