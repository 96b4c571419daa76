"""`serin approve`: somebody answers for a version, by name and with a reason."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from infra.cli.reason import Reason, checked
from infra.cli.session import Session
from serin.errors import AccessDenied, Conflict
from serin.gates.dossier import Approval
from serin.gates.people import same_person
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef
from serin.registry.records import AuditEntry, VersionRecord, timestamp
from serin.rollout.approval import check_approver

__all__ = ["approve"]


def approve(
    session: Session,
    version: Annotated[str, typer.Argument(metavar="MODEL@N", help="A version, e.g. churn@3.", show_default=False)],
    reason: Reason,
) -> None:
    """Approve of a version, for approvers only. At tier high it takes another person than who registered it.

    It is recorded with the evaluations there were. A second approval by the same person changes nothing.
    """
    model, number = ModelRef.parse_version(version)
    endpoint = session.directory.get(model)
    check_approver(endpoint, session.actor)
    why = checked(reason, required=True)
    record = session.versions(endpoint).get(model, number)
    _check_person(endpoint, record, session.actor)
    evidence = session.evidence(endpoint)
    seen = tuple(one.id for one in evidence.evaluations(model, number))
    now = datetime.now(UTC)
    approval = Approval(model, number, session.actor, timestamp(now), why, seen)
    about = {"version": number, "reason": why, "evaluations": list(seen)}
    try:
        evidence.approve(approval, AuditEntry.of(model, "approve", session.actor, now, **about))
    except Conflict:
        known = [one for one in evidence.approvals(model, number) if one.by == session.actor]
        if not known:
            raise
        before = f"{version} was approved by you before, on {known[0].at[:10]}: {escape(known[0].reason)}"
        session.voice.result({**asdict(known[0]), "created": False}, before)
        return
    saw = f"with {len(seen)} evaluations on record" if seen else "with no evaluation on record"
    session.voice.result(
        {**asdict(approval), "created": True}, f"{version} is approved, {saw}.  Next: serin check {version}"
    )


def _check_person(endpoint: Endpoint, record: VersionRecord, actor: str) -> None:
    if endpoint.tier == "high" and same_person(actor, record.created_by):
        approver = endpoint.owners.get("approver", "another approver")
        raise AccessDenied(
            f"{actor} registered {record} (as {record.created_by}): at tier high another person has to approve. "
            f"Ask {approver}."
        )
