"""Away from a candidate at once: `live` first, in one call, and the record after. For the alarm, and for people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from serin.errors import Conflict
from serin.registry.endpoints import Endpoint
from serin.rollout.controller import Rollouts
from serin.rollout.decide import Decision, decide
from serin.rollout.evidence import Evidence
from serin.rollout.ports import Functions
from serin.rollout.reconcile import GOES_BACK
from serin.rollout.trail import audits

__all__ = ["take_back"]

_ATTEMPTS = 5


def take_back(
    functions: Functions, rollouts: Rollouts, endpoint: Endpoint, why: Evidence, now: Callable[[], datetime]
) -> Decision | None:
    """None without an active rollout; a decision to hold where this evidence does not speak against the candidate.

    Dying between the two writes is no harm: the controller finds `live` taken back and records that. Alarms, messages
    and the rollout's end are left to it. Raises Conflict when others keep changing alias or record.
    """
    for _ in range(_ATTEMPTS):
        stored = rollouts.active(endpoint.model)
        if stored is None:
            return None
        live, at = functions.alias(endpoint.function, endpoint.alias), now()
        # No new windows: what was counted so far is in the record.
        decision = decide(stored.rollout, replace(why, windows=(), live=live), at)
        if decision.action not in GOES_BACK:
            return decision
        try:
            if stored.rollout.weight_on(live):
                to = replace(decision.rollout.wanted, revision=live.revision)
                functions.move_alias(endpoint.function, endpoint.alias, to)
            rollouts.save(stored, decision.rollout, audits(stored.rollout, decision.rollout, at))
        except Conflict:
            continue
        return decision
    raise Conflict(f"The rollout of {endpoint.model} kept changing under {_ATTEMPTS} attempts: look with serin status.")
