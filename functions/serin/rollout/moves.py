"""How does a rollout advance, go back, end, or repeat a lost move? Each leaves its line of history."""

from dataclasses import replace
from datetime import datetime

from serin.rollout.evidence import Ask, Command
from serin.rollout.phases import Action, Entry, Phase
from serin.rollout.state import SERIN, Rollout, whole_ms
from serin.rollout.watch import Watch

__all__ = ["advance", "back", "end", "note_pause", "put_again"]


def advance(rollout: Rollout, now: datetime, by: str, why: str) -> tuple[Action, Rollout]:
    """To the next step of the plan, or to the end of it."""
    if rollout.phase is Phase.BAKE:
        return end(rollout, Action.FINISH, Phase.DONE, now, by, f"finished: {why}")
    if rollout.phase is Phase.SMOKE and rollout.plan.shadow:
        shadow = replace(rollout, phase=Phase.SHADOW, since=now, armed=now, watches=_rearmed(rollout))
        return _noted(shadow, Action.MIRROR, now, by, f"shadowing {rollout.plan.shadow} % of the requests: {why}")
    return _step_up(rollout, now, by, why)


def _step_up(rollout: Rollout, now: datetime, by: str, why: str) -> tuple[Action, Rollout]:
    step = rollout.step + 1
    weight = rollout.plan.steps[step].weight
    last = weight == 100
    watches = rollout.watches if step else _rearmed(rollout)
    up = replace(
        rollout,
        phase=Phase.BAKE if last else Phase.CANARY,
        step=step,
        weight=weight,
        since=now,
        armed=rollout.armed if step else now,
        confirmed=False,
        watches=tuple(watch.alone() if last else watch.next_step() for watch in watches),
        kpis=tuple(kpi.alone() if last else kpi.next_step() for kpi in rollout.kpis),
    )
    return _noted(up, Action.PROMOTE if last else Action.SET_WEIGHT, now, by, f"moved to {weight} %: {why}")


def _rearmed(rollout: Rollout) -> tuple[Watch, ...]:
    return tuple(watch.rearmed() for watch in rollout.watches)


def back(rollout: Rollout, now: datetime, why: str) -> tuple[Action, Rollout]:
    """In one step, from wherever it is."""
    if not rollout.weight:
        reason = f"aborted before any traffic, live stays at release {rollout.previous}: {why}"
        return end(rollout, Action.ABORT, Phase.ABORTED, now, SERIN, reason)
    reason = f"rolled back from {rollout.weight} % to release {rollout.previous}: {why}"
    return end(rollout, Action.ROLL_BACK, Phase.ROLLED_BACK, now, SERIN, reason)


def end(rollout: Rollout, action: Action, phase: Phase, now: datetime, by: str, reason: str) -> tuple[Action, Rollout]:
    weight = 100 if phase is Phase.DONE else 0
    ended = replace(
        rollout, phase=phase, weight=weight, since=now, paused=False, confirmed=action in {Action.FINISH, Action.LEAVE}
    )
    return _noted(ended, action, now, by, reason)


def put_again(rollout: Rollout, now: datetime, found: int | None) -> tuple[Action, Rollout]:
    """The step begins anew: what was counted since did not run at its weight."""
    watches = tuple(watch.next_step() for watch in rollout.watches)
    kpis = tuple(kpi.next_step() for kpi in rollout.kpis)
    again = replace(rollout, since=now, confirmed=False, watches=watches, kpis=kpis)
    action = Action.PROMOTE if rollout.weight == 100 else Action.SET_WEIGHT
    reason = f"setting {rollout.weight} % again: live was found at {found} %"
    return _noted(again, action, now, SERIN, reason)


def note_pause(rollout: Rollout, command: Command) -> Rollout:
    paused = command.ask is Ask.PAUSE
    said = replace(rollout, paused=paused, commanded=whole_ms(command.at))
    if paused == rollout.paused:
        return said
    action, word = (Action.PAUSE, "paused") if paused else (Action.RESUME, "resumed")
    return _noted(said, action, whole_ms(command.at), command.by, f"{word} by {command.who}")[1]


def _noted(rollout: Rollout, action: Action, now: datetime, by: str, reason: str) -> tuple[Action, Rollout]:
    return action, rollout.note(Entry(now, action, rollout.phase, rollout.weight, by, reason))
