"""All that the gates look at: one version, what it declares, what was found out about it, and who approved of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serin.evidence.evaluation import Evaluation
from serin.registry.records import AuditEntry, VersionRecord

__all__ = ["Approval", "Dossier"]


@dataclass(frozen=True)
class Approval:
    """`evaluations` are the ids of those that the approver could see."""

    model: str
    version: int
    by: str
    at: str
    reason: str
    evaluations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dossier:
    """`manifest` and `declared` are the documents registered with the version (manifest.json, evidence.json or None).

    `champion` is the number of the version that is live, None before the first. `evaluations` and `trail` are oldest
    first; `releases` says how many releases there are to go back to.
    """

    version: VersionRecord
    manifest: Mapping[str, Any]
    declared: Mapping[str, Any] | None = None
    evaluations: tuple[Evaluation, ...] = ()
    approvals: tuple[Approval, ...] = ()
    champion: int | None = None
    releases: int = 0
    trail: tuple[AuditEntry, ...] = ()
