"""A version that passes every gate, for a test to take something from it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from serin.evidence.evaluation import Estimate, Evaluation, Latency, Rival
from serin.gates.dossier import Approval, Dossier
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry, VersionRecord, timestamp

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANN = "arn:aws:sts::1:assumed-role/releaser/ann"
BOB = "arn:aws:sts::1:assumed-role/approver/bob"
ENDPOINT = Endpoint(
    "churn", "dev", "growth", "f", "live", "b", "t", "u", tier="high", latency_budget_ms=100,
    owners={"approver": "bob@example.com"}, gates={"metrics": {"auc": {"min": 0.7, "margin": 0.01}}},
)  # fmt: skip
VERSION = VersionRecord("churn", 2, "d", "a", 1, "m", "g", {}, "classification", timestamp(NOW), ANN, baseline="base")
RIVAL = Rival(1, {"auc": Estimate(0.75, 0.73, 0.77, 5000)}, {"auc": Estimate(0.02, 0.01, 0.03, 5000)})
EVALUATION = Evaluation(
    "E1", "churn", 2, timestamp(NOW), ANN, "binary", "december.csv", "cafe", 5000, "late",
    {"auc": Estimate(0.77, 0.75, 0.79, 5000)}, Latency(1, 1.0, 2.0, 2000), "a laptop", RIVAL,
)  # fmt: skip
DOSSIER = Dossier(
    version=VERSION,
    manifest={"data": {"sha256": "ffee"}, "card": {"intended_use": "to tell who leaves", "limitations": "no firms"}},
    declared={"evaluations": [{"metric": "auc", "value": 0.77, "sample_size": 900}]},
    evaluations=(EVALUATION,),
    approvals=(Approval("churn", 2, BOB, timestamp(NOW), "fair and better", ("E1",)),),
    champion=1,
    releases=1,
    trail=(AuditEntry.of("churn", "rollback", BOB, datetime(2026, 2, 1, tzinfo=UTC)),),
)


def evaluated(dossier: Dossier = DOSSIER, **changes: Any) -> Dossier:
    """With other findings in the newest evaluation."""
    return replace(dossier, evaluations=(*dossier.evaluations[:-1], replace(dossier.evaluations[-1], **changes)))


def compared(difference: Estimate, metric: str = "auc") -> Dossier:
    return evaluated(rival=replace(RIVAL, differences={metric: difference}))


def endpoint(tier: str = "high", **gates: Any) -> Endpoint:
    return replace(ENDPOINT, tier=tier, gates={**ENDPOINT.gates, **gates})
