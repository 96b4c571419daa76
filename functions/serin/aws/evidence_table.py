"""Evaluations and approvals in the registry table: added, and never changed."""

from dataclasses import asdict

import orjson

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table, approver_partition, partition
from serin.evidence.evaluation import Evaluation
from serin.gates.dossier import Approval
from serin.registry.records import AuditEntry

__all__ = ["EvidenceTable"]


class EvidenceTable:
    """Evaluations are text: they hold fractions. Approvals lie in the partition to which approvers alone may write."""

    def __init__(self, table: Table) -> None:
        self._table, self._audits = table, AuditTable(table)

    def evaluations(self, model: str, number: int) -> tuple[Evaluation, ...]:
        """Oldest first."""
        items = self._table.query(partition(model), f"EVIDENCE#{number:06d}#")
        return tuple(Evaluation.from_dict(orjson.loads(item["evaluation"])) for item in items)

    def add(self, evaluation: Evaluation, audit: AuditEntry) -> None:
        """Raises Conflict where it is there already."""
        key = f"EVIDENCE#{evaluation.version:06d}#{evaluation.id}"
        document = {"evaluation": orjson.dumps(evaluation.to_dict()).decode()}
        self._table.transact(self._table.new(partition(evaluation.model), key, document), self._audits.entry(audit))

    def approvals(self, model: str, number: int) -> tuple[Approval, ...]:
        """By who approved."""
        items = self._table.query(approver_partition(model), f"APPROVAL#{number:06d}#")
        return tuple(
            Approval(model, number, item["by"], item["at"], item["reason"], tuple(item["evaluations"]))
            for item in items
        )

    def approve(self, approval: Approval, audit: AuditEntry) -> None:
        """Raises Conflict where this approver did so already."""
        pk, key = approver_partition(approval.model), f"APPROVAL#{approval.version:06d}#{approval.by}"
        document = {**asdict(approval), "evaluations": list(approval.evaluations)}
        self._table.transact(self._table.new(pk, key, document), self._audits.entry(audit))
