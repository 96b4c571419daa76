"""What is a release: a published Lambda version, hence exact code, exact settings and an exact model version."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from serin.registry.canonical import canonical_json, sha256
from serin.registry.records import VersionRecord

__all__ = ["Alias", "Configuration", "Release", "environment_of"]


def environment_of(version: VersionRecord) -> dict[str, str]:
    """What binds a release to its model version. A version without a sketch says so: what is left out here would stay
    as the version before had it."""
    return {
        "SERIN_MODEL_VERSION": str(version.number),
        "SERIN_ARTIFACT_SHA256": version.artifact,
        "SERIN_MANIFEST_SHA256": version.manifest,
        "SERIN_GOLDEN_SHA256": version.golden,
        "SERIN_SKETCH_SHA256": version.sketch or "",
    }


@dataclass(frozen=True)
class Configuration:
    """One version of a function, or $LATEST. `settings` is the rest of what decides how it behaves."""

    version: str
    environment: dict[str, str]
    code_sha256: str
    revision: str | None = None
    state: str = "Active"
    state_reason: str = ""
    update_status: str = "Successful"
    snapstart: bool = False
    snapshot_ready: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    def with_environment(self, environment: Mapping[str, str]) -> "Configuration":
        return replace(self, environment={**self.environment, **environment})

    def with_memory(self, memory_mb: int) -> "Configuration":
        return replace(self, settings={**self.settings, "MemorySize": memory_mb})

    @property
    def memory_mb(self) -> int:
        return int(self.settings["MemorySize"])

    @property
    def fingerprint(self) -> str:
        """Equal for two releases that would behave alike."""
        return sha256(canonical_json([self.code_sha256, self.environment, self.settings]))


@dataclass(frozen=True)
class Alias:
    """Where an alias points. `weights` gives other versions their share."""

    version: str
    revision: str | None = None
    weights: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Release:
    """The record of a release; `number` is the Lambda version."""

    model: str
    number: int
    model_version: int
    code_sha256: str
    fingerprint: str
    created_at: str
    created_by: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__})
