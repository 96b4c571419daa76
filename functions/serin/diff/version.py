"""All that is known of one version when it is compared, read from wherever it lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from serin.evidence.evaluation import Evaluation
from serin.registry.manifest import Feature, features_of
from serin.registry.records import VersionRecord
from serin.serving.signature import Signature

__all__ = ["Version"]


@dataclass(frozen=True)
class Version:
    """`manifest`, `golden` and `declared` are the documents registered with it (`declared`: evidence.json, or None);
    `evaluations` are oldest first."""

    record: VersionRecord
    manifest: Mapping[str, Any]
    golden: Mapping[str, Any]
    artifact: bytes
    declared: Mapping[str, Any] | None = None
    evaluations: tuple[Evaluation, ...] = ()

    def __str__(self) -> str:
        return str(self.record)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        return features_of(dict(self.manifest))

    @cached_property
    def signature(self) -> Signature:
        return Signature.from_dict(self.manifest["signature"])

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.manifest.get("outcomes", {}).get("segments", ()))
