"""What does an alarm that went red lead to? The candidate's way back, or a word to those who watch."""

from serin.errors import Conflict
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry, timestamp
from serin.registry.ulid import ulid
from serin.rollout.cliffs import LIVE, AlarmName
from serin.rollout.controller import Controller
from serin.rollout.evidence import Alarm, Evidence
from serin.rollout.notice import alarm_notice
from serin.rollout.reconcile import reconcile
from serin.rollout.take_back import take_back

__all__ = ["on_alarm"]


def on_alarm(controller: Controller, endpoint: Endpoint, alarm: Alarm, event_id: str, why: str) -> str:
    """Safe to be called again with the same event, late, and beside the controller. Returns what was done."""
    operator = controller.operator
    active = controller.rollouts.active(endpoint.model)
    name = AlarmName.parse(alarm.name)
    if name is None or (active and not name.concerns(active.rollout)):
        return f"nothing: {alarm.name} is about no release that is being rolled out"
    if active is None:
        return _tell(controller, endpoint, alarm, event_id, why) if name.release == LIVE else "nothing: it is over"
    evidence = Evidence(alarms=(alarm,))
    decision = take_back(operator.functions, controller.rollouts, endpoint, evidence, operator.now)
    if decision is None or not decision.rollout.phase.ended:
        return f"nothing: {decision.reason if decision else 'the rollout has ended meanwhile'}"
    reconcile(controller, endpoint)
    return decision.reason


def _tell(controller: Controller, endpoint: Endpoint, alarm: Alarm, event_id: str, why: str) -> str:
    """Once: the line in the audit trail, whose id is made from the event, says that it was told."""
    releases, now = controller.operator.releases, controller.operator.now()
    key = ulid(alarm.since, event_id)
    if any(entry.id == key for entry in releases.audits(endpoint.model, ("alarm",))):
        return "nothing: this was told already"
    controller.notices.tell(endpoint, alarm_notice(endpoint, alarm.name, alarm.since, why))
    details = {"alarm": alarm.name, "reason": why, "since": timestamp(alarm.since)}
    try:
        releases.record(AuditEntry(endpoint.model, key, "alarm", "serin", timestamp(now), details))
    except Conflict:
        return "nothing: this was told at the same time"
    return f"told the watcher and the approver that {alarm.name} is red"
