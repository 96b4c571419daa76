"""What differs between two versions, all of it: the document that the page and `--json` show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serin.diff.behaviour import Behaviour
from serin.diff.change import Change
from serin.diff.documents import compare
from serin.diff.figures import Figures, side_by_side
from serin.diff.golden_examples import compare_golden
from serin.diff.graph import Graph, compare_files
from serin.diff.version import Version
from serin.registry.records import VersionRecord

__all__ = ["Difference", "compare_versions"]

_PARTS = ("artifact", "manifest", "golden", "baseline", "evidence")


@dataclass(frozen=True)
class Difference:
    """`parts` are the contents whose hashes differ. `behaviours` are by source, the one that says most first;
    `unseen` says of each source that could not be used, why."""

    before: VersionRecord
    after: VersionRecord
    parts: tuple[str, ...]
    manifest: tuple[Change, ...]
    signature: tuple[Change, ...]
    graph: Graph
    golden: tuple[Change, ...]
    evidence: tuple[Change, ...]
    figures: Figures
    behaviours: tuple[Behaviour, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """In anything that was registered: evaluations come later, and are figures about a version."""
        return bool(self.parts)

    def to_dict(self) -> dict[str, Any]:
        return {
            "before": str(self.before), "after": str(self.after), "differs": self.differs, "parts": list(self.parts),
            "manifest": _documents(self.manifest), "signature": _documents(self.signature),
            "graph": {
                "changes": _documents(self.graph.changes), "weights": [one.to_dict() for one in self.graph.weights],
            },
            "golden": _documents(self.golden), "evidence": _documents(self.evidence),
            "figures": self.figures.to_dict(), "behaviour": [one.to_dict() for one in self.behaviours],
            "unseen": list(self.unseen),
        }  # fmt: skip


def compare_versions(
    before: Version, after: Version, behaviours: Sequence[Behaviour] = (), unseen: Sequence[str] = ()
) -> Difference:
    """Raises InvalidModel for an artifact that is no ONNX."""
    return Difference(
        before.record,
        after.record,
        tuple(part for part in _PARTS if getattr(before.record, part) != getattr(after.record, part)),
        tuple(compare(_without_signature(before), _without_signature(after))),
        tuple(compare(before.manifest["signature"], after.manifest["signature"])),
        compare_files(before.artifact, after.artifact),
        tuple(compare_golden(before.golden, after.golden)),
        tuple(compare(before.declared or {}, after.declared or {})),
        side_by_side(before, after),
        tuple(behaviours),
        tuple(unseen),
    )


def _without_signature(version: Version) -> dict[str, Any]:
    return {key: value for key, value in version.manifest.items() if key != "signature"}


def _documents(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [one.to_dict() for one in changes]
