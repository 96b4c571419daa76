"""One look at the rollout of an endpoint: read all there is, decide, save, then make the world what was decided.

Level-triggered: nothing is remembered but the record, so that a pass that died anywhere is carried on by the next, and
two at once do no harm. The record is saved before anything moves; whatever moves asks for the revision that was read.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from serin.errors import Conflict, SerinError, SmokeFailed, Throttled, Unavailable
from serin.registry.endpoints import Endpoint
from serin.rollout.cliffs import LIVE, AlarmName, cliffs
from serin.rollout.controller import Controller, Stored
from serin.rollout.decide import Decision, decide
from serin.rollout.evidence import Alarm, Evidence, Smoke
from serin.rollout.notice import notices
from serin.rollout.phases import Action, Phase
from serin.rollout.release import Alias
from serin.rollout.slices import Slice
from serin.rollout.smoke import smoke
from serin.rollout.state import Rollout
from serin.rollout.trail import audits

__all__ = ["GOES_BACK", "reconcile"]

GOES_BACK = frozenset({Action.ROLL_BACK, Action.ABORT})
_GOES_UP = frozenset({Action.SET_WEIGHT, Action.PROMOTE})
_PASSES = 6

T = TypeVar("T")


def reconcile(controller: Controller, endpoint: Endpoint) -> Decision | None:
    """Looks until there is nothing to do now; None without an active rollout.

    What can't be read is missing from the evidence, whatever the reason, so that a deadline is kept all the same.
    Raises, in the end, what neither throttling nor an outage explains; the next pass starts from the record.
    """
    decision = None
    for _ in range(_PASSES):
        stored = controller.rollouts.active(endpoint.model)
        if stored is None:
            break
        try:
            decision = _once(controller, endpoint, stored)
        except Conflict as error:
            controller.operator.on_step(f"somebody else changed it meanwhile, looking again ({error})")
            continue
        if decision.action is Action.HOLD:
            break
    return decision


def _once(controller: Controller, endpoint: Endpoint, stored: Stored) -> Decision:
    problems: list[SerinError] = []
    alarms = _read(lambda: controller.alarms.states(endpoint), problems)
    evidence = _evidence(controller, endpoint, stored.rollout, alarms or (), problems)
    now = controller.operator.now()
    decision = decide(stored.rollout, evidence, now)
    stored = controller.rollouts.save(stored, decision.rollout, audits(stored.rollout, decision.rollout, now))
    # Alarms stand before traffic comes; nothing stands before its going back.
    if decision.action in GOES_BACK:
        _go_back(controller, endpoint, decision.rollout, evidence.live)
    if alarms is not None:
        _guard(controller, endpoint, decision.rollout, alarms)
        if decision.action in _GOES_UP and evidence.live is not None:
            _move(controller, endpoint, decision.rollout, evidence.live)
    _tell(controller, endpoint, stored, over=decision.rollout.settled and alarms is not None)
    if problems:
        raise problems[0]
    return decision


def _evidence(
    controller: Controller, endpoint: Endpoint, rollout: Rollout, alarms: Iterable[Alarm], problems: list[SerinError]
) -> Evidence:
    operator, now = controller.operator, controller.operator.now()
    smoked = None
    if rollout.phase is Phase.SMOKE:
        smoked = _read(lambda: _smoke(controller, endpoint, rollout), problems)
    return Evidence(
        windows=_read(lambda: controller.measures.windows(endpoint, rollout, now), problems),
        alarms=tuple(one for one in alarms if (name := AlarmName.parse(one.name)) and name.concerns(rollout)),
        live=_read(lambda: operator.functions.alias(endpoint.function, endpoint.alias), problems),
        smoke=smoked,
        commands=_read(lambda: controller.rollouts.commands(rollout), problems) or (),
        worth=_worth(controller, endpoint, rollout, now, problems) if rollout.weight else {},
    )


def _worth(
    controller: Controller, endpoint: Endpoint, rollout: Rollout, now: datetime, problems: list[SerinError]
) -> dict[str, tuple[Slice, ...]]:
    """Nothing is read where no KPI is watched."""
    read = {
        kpi.guardrail.name: _read(partial(controller.worth.slices, endpoint, rollout, kpi.guardrail, now), problems)
        for kpi in rollout.kpis
    }
    return {name: slices for name, slices in read.items() if slices is not None}


def _read(ask: Callable[[], T], problems: list[SerinError]) -> T | None:
    """None is: could not be read now. Never an answer."""
    try:
        return ask()
    except (Throttled, Unavailable):
        return None
    except SerinError as error:
        problems.append(error)
        return None


def _smoke(controller: Controller, endpoint: Endpoint, rollout: Rollout) -> Smoke:
    examples = controller.golden(endpoint, rollout.version)
    try:
        smoke(controller.operator, endpoint, rollout.candidate, examples)
    except SmokeFailed as failed:
        return Smoke(rollout.candidate, False, str(failed))
    return Smoke(rollout.candidate, True)


def _guard(controller: Controller, endpoint: Endpoint, rollout: Rollout, found: Iterable[Alarm]) -> None:
    """The candidate's alarms are there before its traffic is, and go when the rollout has ended."""
    wanted = {str(cliff.name): cliff for cliff in cliffs(rollout, endpoint.stage)}
    present = {one.name: one.threshold for one in found if _of_a_candidate(one.name)}
    for name, cliff in wanted.items():
        if present.get(name) != cliff.threshold:
            controller.alarms.put(endpoint, cliff)
    leftover = sorted(present.keys() - wanted.keys())
    if leftover and rollout.phase.ended:
        controller.alarms.delete(leftover)


def _of_a_candidate(name: str) -> bool:
    parsed = AlarmName.parse(name)
    return parsed is not None and parsed.release != LIVE


def _go_back(controller: Controller, endpoint: Endpoint, rollout: Rollout, live: Alias | None) -> None:
    _move(controller, endpoint, rollout, live or controller.operator.functions.alias(endpoint.function, endpoint.alias))


def _move(controller: Controller, endpoint: Endpoint, rollout: Rollout, live: Alias) -> None:
    """Not where `live` is elsewhere: somebody else has moved it."""
    if rollout.weight_on(live) not in {None, rollout.weight}:
        to = replace(rollout.wanted, revision=live.revision)
        controller.operator.functions.move_alias(endpoint.function, endpoint.alias, to)


def _tell(controller: Controller, endpoint: Endpoint, stored: Stored, *, over: bool) -> None:
    """After the deed. Dying in between tells it again, never not at all."""
    rollout = stored.rollout
    for notice in notices(endpoint, rollout):
        controller.notices.tell(endpoint, notice)
    if rollout.untold or over:
        controller.rollouts.save(stored, replace(rollout, untold=0), (), over=over)
