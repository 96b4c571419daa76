"""What is in a model card: one document, with a section for each of Mitchell et al. 2019 (FAT*, section 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from serin.card.groups import groups_of
from serin.diff.figures import declared_figures
from serin.evidence.evaluation import Evaluation
from serin.gates.dossier import Dossier
from serin.gates.gate import Result, worst
from serin.registry.endpoints import Endpoint

__all__ = ["TEXTS", "card_document"]

TEXTS: Mapping[str, tuple[str, ...]] = {
    "intended_use": ("intended_use", "intended_users", "out_of_scope"),
    "factors": ("factors",),
    "metrics": ("metrics",),
    "evaluation_data": ("evaluation_data",),
    "training_data": ("training_data",),
    "ethical_considerations": ("ethical_considerations",),
    "caveats": ("limitations", "caveats", "recommendations"),
}
"""By section, the texts of model.toml's [card] that belong there. What else is in [card] goes to the caveats."""


def card_document(dossier: Dossier, endpoint: Endpoint, results: Sequence[Result] = ()) -> dict[str, Any]:
    """`results` are what the gates say of the version; empty where nobody asked them."""
    manifest = dossier.manifest
    return {
        "model": dossier.version.model,
        "version": dossier.version.number,
        "task": dossier.version.task,
        "description": dossier.version.description,
        "live": dossier.champion == dossier.version.number,
        "details": _details(dossier, endpoint),
        "signature": manifest["signature"],
        "features": manifest["features"],
        "texts": _texts(manifest.get("card", {})),
        "factors": {
            "segments": manifest.get("outcomes", {}).get("segments", []),
            "groups": manifest.get("fairness", {}).get("columns", []),
        },
        "thresholds": endpoint.gates.get("metrics", {}),
        "training_data": manifest.get("data", {}),
        "preprocessing": manifest.get("preprocessing", {}),
        "baseline": dossier.version.baseline,
        "evaluation": _evaluation(dossier.evaluations),
        "declared": [{"metric": name, **asdict(one)} for name, one in declared_figures(dossier.declared)],
        "limits": {**manifest.get("serving", {}), "latency_budget_ms": endpoint.latency_budget_ms},
        "approvals": [asdict(one) for one in dossier.approvals],
        "gates": {"standing": worst(results), "results": [asdict(one) for one in results]} if results else None,
    }


def _details(dossier: Dossier, endpoint: Endpoint) -> dict[str, Any]:
    version, manifest = dossier.version, dossier.manifest
    return {
        "registered": {"at": version.created_at, "by": version.created_by},
        "team": endpoint.team,
        "owners": dict(endpoint.owners),
        "tier": endpoint.tier,
        "critical": endpoint.critical,
        "parent": manifest.get("parent", {}),
        "training": manifest.get("training", {}),
        "libraries": manifest.get("libraries", {}),
        "hyperparameters": manifest.get("hyperparameters", {}),
        "seed": manifest.get("seed"),
        "digest": version.digest,
        "artifact_sha256": version.artifact,
        "artifact_bytes": version.artifact_bytes,
        "manifest_sha256": version.manifest,
        "golden_sha256": version.golden,
    }


def _texts(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """By section and name."""
    known = {name for names in TEXTS.values() for name in names}
    found = {section: {name: str(given[name]) for name in names if given.get(name)} for section, names in TEXTS.items()}
    found["caveats"] |= {name: str(text) for name, text in given.items() if name not in known and text}
    return found


def _evaluation(evaluations: Sequence[Evaluation]) -> dict[str, Any] | None:
    """The newest one; the newest that looked at subgroups tells of these, as it may be another."""
    if not evaluations:
        return None
    groups = next((one for one in reversed(evaluations) if one.fairness), None)
    document = {**evaluations[-1].to_dict(), "count": len(evaluations)}
    del document["fairness"]
    told = {"id": groups.id, "data": groups.data, "splits": groups_of(groups.fairness)} if groups else None
    return {**document, "groups": told}
