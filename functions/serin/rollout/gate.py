"""What does a step still wait for? Data that is not there, or that is old, is waited for: it never passes."""

from datetime import datetime, timedelta

from serin.rollout.absorb import newest
from serin.rollout.evidence import Evidence
from serin.rollout.phases import Phase
from serin.rollout.state import Rollout

__all__ = ["STALE", "missing"]

STALE = timedelta(minutes=5)


def missing(rollout: Rollout, evidence: Evidence, now: datetime) -> str | None:
    """The first thing that is missing, in words that follow "held: ". None lets the step pass."""
    if rollout.paused:
        return "paused by a person, going back is not"
    if rollout.phase is Phase.SMOKE:
        return _smoke(rollout, evidence)
    return (
        _live(rollout, evidence)
        or _metrics(rollout, evidence, now)
        or _bake(rollout, now)
        or _requests(rollout)
        or _outcomes(rollout, evidence)
        or _verdict(rollout)
    )


def _smoke(rollout: Rollout, evidence: Evidence) -> str | None:
    smoke = evidence.smoke
    proved = smoke is not None and smoke.passed and smoke.release == rollout.candidate
    return None if proved else "the smoke tests have not answered yet"


def _live(rollout: Rollout, evidence: Evidence) -> str | None:
    if evidence.live is None:
        return "live could not be read"
    return None if rollout.confirmed else f"live was not seen at {rollout.weight} % yet"


def _metrics(rollout: Rollout, evidence: Evidence, now: datetime) -> str | None:
    if evidence.windows is None:
        return "the metrics could not be read"
    if not any(watch.step.total for watch in rollout.watches):
        return f"no {_kind(rollout)} requests so far"
    unseen = [watch.guardrail.name for watch in rollout.watches if not watch.step.total]
    if unseen:
        return f"nothing counted for {', '.join(unseen)} so far"
    until = newest(rollout)
    if until is None or now - until > STALE:
        age = "long past" if until is None else f"{(now - until) // timedelta(minutes=1)} minutes old"
        return f"the newest {_kind(rollout)} metrics are {age}"
    return None


def _bake(rollout: Rollout, now: datetime) -> str | None:
    baked, needed = (now - rollout.since).total_seconds(), rollout.current.bake_s
    where = "in shadow" if rollout.phase is Phase.SHADOW else f"at {rollout.weight} %"
    return None if baked >= needed else f"{_time(baked)} of {_time(needed)} {where} so far"


def _requests(rollout: Rollout) -> str | None:
    needed = rollout.current.min_requests
    if rollout.requests >= needed:
        return None
    return f"{rollout.requests:,} of {needed:,} {_kind(rollout)} requests so far"


def _outcomes(rollout: Rollout, evidence: Evidence) -> str | None:
    needed = [kpi.guardrail.name for kpi in rollout.kpis if kpi.guardrail.required]
    unread = [name for name in needed if name not in evidence.worth]
    return f"the outcomes for {', '.join(unread)} could not be read" if unread else None


def _verdict(rollout: Rollout) -> str | None:
    return "; ".join(finding.reason for finding in rollout.findings if finding.holds) or None


def _kind(rollout: Rollout) -> str:
    return "shadow" if rollout.phase is Phase.SHADOW else "canary"


def _time(seconds: float) -> str:
    return f"{int(seconds)} s" if seconds < 120 else f"{int(seconds / 60)} min"
