"""What should a rollout do now, and why? The first rule that has an answer gives it.

Going back comes before going on, and neither a pause nor a person who is waited for stands between harm and going back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from serin.rollout.absorb import absorb
from serin.rollout.evidence import Alarm, Ask, Command, Evidence
from serin.rollout.gate import missing
from serin.rollout.moves import advance, back, end, note_pause, put_again
from serin.rollout.phases import Action, Phase
from serin.rollout.state import SERIN, Rollout, whole_ms
from serin.rollout.verdict import Verdict
from serin.rollout.weigh import weigh

__all__ = ["Decision", "decide", "red_alarms"]


@dataclass(frozen=True)
class Decision:
    """Save `rollout`, then do `action`. Both may be done again after a crash."""

    action: Action
    rollout: Rollout
    reason: str


_Move = tuple[Action, Rollout]
_Rule = Callable[[Rollout, Evidence, datetime], _Move | None]


def decide(rollout: Rollout, evidence: Evidence, now: datetime) -> Decision:
    """One look. The same state and evidence give the same decision."""
    if rollout.phase.ended:
        return _ended(rollout, evidence)
    now = whole_ms(now)
    rollout = _by_our_clock(rollout, now)
    counted = weigh(absorb(rollout, evidence.windows, now), evidence.worth, now)
    seen = _paused_or_resumed(_confirmed(counted, evidence), evidence)
    for rule in _RULES:
        move = rule(seen, evidence, now)
        if move:
            return Decision(move[0], move[1], move[1].reason)
    reason = f"held: {missing(seen, evidence, now) or 'nothing is to be done'}"
    return Decision(Action.HOLD, replace(seen, reason=reason), reason)


def _ended(rollout: Rollout, evidence: Evidence) -> Decision:
    """What went back is put back until it was seen there: the process may have died before it moved `live`."""
    weight = None if evidence.live is None else rollout.weight_on(evidence.live)
    if not rollout.confirmed and weight:
        action = Action.ROLL_BACK if rollout.phase is Phase.ROLLED_BACK else Action.ABORT
        return Decision(action, rollout, rollout.reason)
    seen = replace(rollout, confirmed=rollout.confirmed or evidence.live is not None)
    return Decision(Action.HOLD, seen, f"this rollout has ended: {rollout.reason}")


def red_alarms(rollout: Rollout, alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
    """Those that count: what was red before the rollout began is not the candidate's doing."""
    return tuple(alarm for alarm in alarms if alarm.red and alarm.since >= rollout.started)


def _by_our_clock(rollout: Rollout, now: datetime) -> Rollout:
    """Who began it may have a clock that is ahead: a red alarm must not look older than the rollout for that."""
    if rollout.started <= now:
        return rollout
    return replace(rollout, started=now, since=min(rollout.since, now), armed=min(rollout.armed, now))


def _confirmed(rollout: Rollout, evidence: Evidence) -> Rollout:
    if evidence.live is not None and rollout.weight_on(evidence.live) == rollout.weight:
        return replace(rollout, confirmed=True)
    return rollout


def _paused_or_resumed(rollout: Rollout, evidence: Evidence) -> Rollout:
    """The latest word counts, and an old one that comes again does not."""
    for command in sorted(evidence.commands, key=lambda one: one.at):
        latest = rollout.commanded or rollout.started - timedelta.resolution
        if command.ask in {Ask.PAUSE, Ask.RESUME} and whole_ms(command.at) > latest:
            rollout = note_pause(rollout, command)
    return rollout


def _elsewhere(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    if evidence.live is None or rollout.weight_on(evidence.live) is not None:
        return None
    reason = f"ended: live was moved to release {evidence.live.version} by somebody else, and stays there"
    return end(rollout, Action.LEAVE, Phase.ABORTED, now, SERIN, reason)


def _harm(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    found = [f"alarm {alarm.name} went red" for alarm in red_alarms(rollout, evidence.alarms)]
    found += [finding.reason for finding in rollout.findings if finding.verdict is Verdict.HARM]
    return back(rollout, now, "; ".join(found)) if found else None


def _smoke_failed(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    smoke = evidence.smoke
    if rollout.phase is not Phase.SMOKE or smoke is None or smoke.passed or smoke.release != rollout.candidate:
        return None
    return back(rollout, now, smoke.detail or f"release {smoke.release} failed its smoke test")


def _taken_back(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    """The rollback function and people move `live` first and record after: never move it up again."""
    if evidence.live is None or not rollout.weight or rollout.weight_on(evidence.live) != 0:
        return None
    if rollout.step == 0 and not rollout.confirmed:
        return None  # it was never moved up
    return back(rollout, now, "live was taken back outside of this rollout, by an alarm or by a person")


def _abort(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    asked = _asked(rollout, evidence, Ask.ABORT) or _asked(rollout, evidence, Ask.GO_BACK)
    if asked is None:
        return None
    word = "aborted" if asked.ask is Ask.ABORT else "taken back"
    reason = f"{word} by {asked.who}: live goes back to release {rollout.previous}"
    return end(rollout, Action.ABORT, Phase.ABORTED, now, asked.by, reason)


def _deadline(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    if now < rollout.deadline:
        return None
    still_missing = missing(rollout, evidence, now)
    if rollout.phase is Phase.BAKE and still_missing is None:
        return None
    return back(rollout, now, f"undecided at the deadline ({still_missing or f'only at {rollout.weight} %'})")


def _promoted(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    asked = _asked(rollout, evidence, Ask.PROMOTE)
    if asked is None or rollout.phase is Phase.SMOKE:
        return None
    if evidence.live is None or not rollout.confirmed:
        return None  # the last move was not seen yet: what would be skipped has not begun
    return advance(rollout, now, asked.by, f"promoted by {asked.who}, without waiting for the evidence")


def _proved(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    if missing(rollout, evidence, now):
        return None
    if rollout.phase is Phase.SMOKE:
        return advance(rollout, now, SERIN, "the smoke tests passed")
    where = "in shadow" if rollout.phase is Phase.SHADOW else f"at {rollout.weight} %"
    return advance(rollout, now, SERIN, f"safe {where} on all guardrails after {rollout.requests:,} requests")


def _astray(rollout: Rollout, evidence: Evidence, now: datetime) -> _Move | None:
    """A move that was lost on the way, or that somebody changed, is made again."""
    if evidence.live is None or rollout.weight_on(evidence.live) == rollout.weight:
        return None
    return put_again(rollout, now, rollout.weight_on(evidence.live))


def _asked(rollout: Rollout, evidence: Evidence, ask: Ask) -> Command | None:
    """A promotion must have been meant for this very step; anything must have been meant for this rollout."""
    for command in sorted(evidence.commands, key=lambda one: one.at):
        meant = ask in _AT_ANY_STEP or (command.step == rollout.step and command.at >= rollout.armed)
        if command.ask is ask and meant and command.at >= rollout.started:
            return command
    return None


_AT_ANY_STEP = frozenset({Ask.ABORT, Ask.GO_BACK})
_RULES: tuple[_Rule, ...] = (
    _elsewhere, _harm, _smoke_failed, _abort, _taken_back, _deadline, _promoted, _proved, _astray,
)  # fmt: skip
