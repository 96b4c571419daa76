"""Which gates are there for which consequence of a wrong answer, and what do they say of a version?"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from serin.errors import GatesClosed, InvalidSettings
from serin.gates.answerable import approval, drill, fairness
from serin.gates.declared import card, golden, metric
from serin.gates.dossier import Dossier
from serin.gates.gate import Result, Standing
from serin.gates.measured import champion, held_out, latency, thresholds
from serin.registry.endpoints import Endpoint

__all__ = ["GATES", "Gate", "check", "insist"]

Gate: TypeAlias = Callable[[Dossier, Endpoint, datetime], Result]

_LOW: tuple[Gate, ...] = (golden, metric, thresholds)
_LIMITED = (*_LOW, held_out, champion, latency)
_HIGH = (*_LIMITED, fairness, card, approval, drill)

GATES: Mapping[str, tuple[Gate, ...]] = {"low": _LOW, "limited": _LIMITED, "high": _HIGH}
"""By the endpoint's tier."""


def check(dossier: Dossier, endpoint: Endpoint, now: datetime) -> tuple[Result, ...]:
    """All gates of the endpoint's tier. Raises InvalidSettings for a tier that is none."""
    if endpoint.tier not in GATES:
        known = ", ".join(GATES)
        raise InvalidSettings(f"{endpoint.model} has the tier {endpoint.tier!r}: there are {known}. Deploy the stack.")
    return tuple(gate(dossier, endpoint, now) for gate in GATES[endpoint.tier])


def insist(dossier: Dossier, endpoint: Endpoint, now: datetime) -> None:
    """Raises GatesClosed, with what is open and what to do, unless all gates pass."""
    results = check(dossier, endpoint, now)
    closed = [one for one in results if one.standing is not Standing.PASS]
    if closed:
        lines = [f"- {one.gate}: {one.standing}: {one.reason.rstrip('.')}. Next: {one.next}" for one in closed]
        counted = f"{len(closed)} of the {len(results)} gates of tier {endpoint.tier}"
        head = f"{dossier.version} is not let out: {counted} don't pass."
        raise GatesClosed("\n".join((head, *lines)))
