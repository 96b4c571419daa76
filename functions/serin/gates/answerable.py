"""Gates on people and practice: how groups fare, who else approved, and whether going back was rehearsed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from serin.fairness.gate import judge
from serin.fairness.limits import Limits
from serin.gates.dossier import Dossier
from serin.gates.gate import Result, Standing
from serin.gates.measured import evaluate_again, newest
from serin.gates.people import same_person
from serin.gates.thresholds import Thresholds
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry

__all__ = ["REHEARSALS", "approval", "drill", "fairness"]

REHEARSALS = ("drill", "rollback")
"""What on the audit trail shows that going back works."""


def fairness(dossier: Dossier, endpoint: Endpoint, _now: datetime) -> Result:
    """Groups are alike enough, as serin.fairness judges what was counted."""
    evaluation = newest(dossier)
    if evaluation is None or evaluation.fairness is None:
        reason = "groups were not compared"
        return Result("fairness", Standing.INSUFFICIENT, reason, evaluate_again(dossier, " --group COLUMN"))
    if evaluation.threshold is not None and (alike := _all_alike(evaluation.fairness)):
        reason = f"deciding from a probability of {evaluation.threshold:g} on selects {alike}: that tells nothing"
        again = evaluate_again(dossier, " --threshold P, from which on you act")
        return Result("fairness", Standing.INSUFFICIENT, reason, again)
    limits = Limits.from_dict(Thresholds.from_dict(endpoint.gates).fairness)
    standing, reason, next_step = judge(evaluation.fairness, limits)
    if evaluation.threshold is not None:
        reason = f"{reason.rstrip('.')}. Decided from a probability of {evaluation.threshold:g} on."
    return Result("fairness", Standing(standing), reason, next_step)


def _all_alike(document: Mapping[str, Any]) -> str:
    """Whoever treats all rows alike treats all groups alike, whatever the model is worth; empty where some differ."""
    counts = document["all"]["counts"]
    return {0: "no row", counts["rows"]: "every row"}.get(counts["selected"], "")


def approval(dossier: Dossier, endpoint: Endpoint, _now: datetime) -> Result:
    """By somebody else than who registered it."""
    registrant, known = dossier.version.created_by, {one.id for one in dossier.evaluations}
    others = [one for one in dossier.approvals if not same_person(one.by, registrant)]
    if not others:
        reason = f"only {registrant} approved, who registered it" if dossier.approvals else "nobody approved of it"
        ask = f"ask {endpoint.owners.get('approver', 'the approver')}: serin approve {dossier.version} --reason TEXT"
        return Result("approval", Standing.INSUFFICIENT, reason, ask)
    last = max(others, key=lambda one: one.at)
    seen = f"who saw {len(known & {*last.evaluations})} of {len(known)} evaluations"
    return Result("approval", Standing.PASS, f"{last.by} approved on {last.at[:10]}, {seen}: {last.reason}")


def drill(dossier: Dossier, endpoint: Endpoint, now: datetime) -> Result:
    """Going back worked, not long ago."""
    days = Thresholds.from_dict(endpoint.gates).drill_days
    if not days:
        return Result("drill", Standing.PASS, "waived in cdk.json (drill_days is 0)")
    if not dossier.releases:
        return Result("drill", Standing.PASS, "there is no release before the live one to go back to")
    went_back = [entry for entry in dossier.trail if entry.action in REHEARSALS]
    advice = f"rehearse it in a quiet hour, and deploy again after: serin rollback {dossier.version.model}"
    if not went_back:
        return Result("drill", Standing.INSUFFICIENT, "nobody ever went back to a release before", advice)
    last = max(went_back, key=lambda entry: entry.at)
    if (age := now - _at(last)) > timedelta(days=days):
        reason = f"the last {last.action} was {age.days} days ago, and {days} are allowed"
        return Result("drill", Standing.INSUFFICIENT, reason, advice)
    return Result("drill", Standing.PASS, f"the last {last.action} was on {last.at[:10]}, by {last.actor}")


def _at(entry: AuditEntry) -> datetime:
    return datetime.fromisoformat(entry.at)
