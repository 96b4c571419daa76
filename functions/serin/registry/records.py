"""What the registry remembers: a model version, and who did what and when."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from serin.registry.ulid import ulid

__all__ = ["AuditEntry", "VersionRecord", "timestamp"]


def timestamp(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class VersionRecord:
    """One immutable model version. `artifact`, `manifest`, `golden`, `baseline`, `evidence`, `sketch`,
    `seasons` are SHA-256 hashes. The last two are of documents made from the baseline, one for serving and one for
    whoever watches: no part of the digest, and None in older records. `parent` is the version that it was made from.
    """

    model: str
    number: int
    digest: str
    artifact: str
    artifact_bytes: int
    manifest: str
    golden: str
    signature: dict[str, Any]
    task: str
    created_at: str
    created_by: str
    description: str = ""
    training_usd: str | None = None
    """What training cost, as declared."""
    baseline: str | None = None
    baseline_format: str | None = None
    evidence: str | None = None
    sketch: str | None = None
    seasons: str | None = None
    parent: str | None = None
    relation: str | None = None

    def __str__(self) -> str:
        return f"{self.model}@{self.number}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__ if name in document})


@dataclass(frozen=True)
class AuditEntry:
    """One line of a model's audit trail."""

    model: str
    id: str
    action: str
    actor: str
    at: str
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, model: str, action: str, actor: str, now: datetime, **details: Any) -> Self:
        return cls(model, ulid(now), action, actor, timestamp(now), details)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__ if name in document})
