"""`serin promote`, `abort`, `pause`, `resume`: what a person may ask of a rollout, and of the spend guard."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from infra.cli.follow import follow
from infra.cli.reason import Reason, checked
from infra.cli.rollout_page import document, headline
from infra.cli.session import Session
from infra.cli.spending import let_go_on
from serin.errors import Conflict, NotFound, Throttled, Unavailable
from serin.registry.endpoints import Endpoint
from serin.registry.names import check_name
from serin.registry.records import AuditEntry
from serin.rollout.approval import check_approver
from serin.rollout.evidence import Ask, Command, Evidence
from serin.rollout.phases import Phase
from serin.rollout.state import Rollout
from serin.rollout.take_back import take_back

__all__ = ["abort", "active", "pause", "promote", "resume", "take_back_now"]

Model = Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)]
_PATIENCE_S = 90.0


def promote(session: Session, model: Model, reason: Reason) -> None:
    """Let a rollout go on to its next step without waiting for evidence. For approvers only; it is recorded, with why.

    It skips waiting, not safety: harm that is known takes the candidate back all the same.
    """
    why = checked(reason, required=True)
    endpoint = session.directory.get(check_name(model))
    check_approver(endpoint, session.actor)
    rollout = active(session, endpoint)
    if rollout.phase is Phase.SMOKE:
        raise Conflict(f"{model}@{rollout.version} has not passed its smoke tests yet: they can't be skipped.")
    with session.voice.progress(f"promoting {model}@{rollout.version}"):
        after = _asked(session, endpoint, rollout, Ask.PROMOTE, why, lambda now: _moved(rollout, now))
    session.voice.result(document(after), headline(after))


def abort(session: Session, model: Model, reason: Reason = "") -> None:
    """End a rollout: all traffic goes back to the release before, at once. For approvers; others have `rollback`."""
    endpoint = session.directory.get(check_name(model))
    check_approver(endpoint, session.actor)
    active(session, endpoint)
    after = take_back_now(session, endpoint, Ask.ABORT, checked(reason))
    if after is None:
        raise NotFound(f"The rollout of {model} has ended meanwhile: see serin history {model}.")
    session.voice.result(document(after), headline(after))


def pause(session: Session, model: Model, reason: Reason = "") -> None:
    """Keep a rollout at its present step. Harm still takes the candidate back, and the deadline still counts."""
    after = _paused_or_resumed(session, session.directory.get(check_name(model)), Ask.PAUSE, checked(reason))
    session.voice.result(document(after), headline(after))


def resume(
    session: Session,
    model: Model,
    headroom: Annotated[
        int, typer.Option(help="Percent of the budget to spend on top, before it counts again.", min=0, max=1000)
    ] = 25,
    reason: Reason = "",
) -> None:
    """Let a paused rollout go on, and an endpoint that its spend guard has stopped or made frugal, for approvers only.

    What was there before the spend guard acted is restored exactly: capture, drift jobs, reserved concurrency.
    """
    endpoint = session.directory.get(check_name(model))
    with session.voice.progress(f"letting {model} go on"):
        spending = let_go_on(session, endpoint, headroom, checked(reason))
    stored = session.rollouts(endpoint).active(model)
    found: dict[str, Any] = {"model": model}
    said = []
    if spending is None and stored is None:
        raise NotFound(
            f"There is nothing to resume of {model}: its spend guard holds nothing back, and nothing of it is being"
            f" rolled out (serin deploy {model}@N begins a rollout)."
        )
    if spending is None or (stored and stored.rollout.paused):
        after = _paused_or_resumed(session, endpoint, Ask.RESUME, checked(reason))
        found, said = document(after), [headline(after)]
    if spending is not None:
        restored = {"grade": spending.grade.value, "reason": spending.why, "restored": not spending.pending}
        found, said = {**found, "spending": restored}, [f"{model}: {spending.why}", *said]
    session.voice.result(found, *said)


def active(session: Session, endpoint: Endpoint) -> Rollout:
    """Raises NotFound without an active rollout."""
    stored = session.rollouts(endpoint).active(endpoint.model)
    if stored is None:
        raise NotFound(f"Nothing of {endpoint.model} is being rolled out: start with serin deploy {endpoint.model}@N.")
    return stored.rollout


def take_back_now(session: Session, endpoint: Endpoint, ask: Ask, why: str) -> Rollout | None:
    """Move `live`, then record; the controller tells the owners. None without an active rollout.

    The wish is written down first: a controller that finds `live` moved then knows who moved it, and if this process
    dies here, moves it.
    """
    stored = session.rollouts(endpoint).active(endpoint.model)
    if stored is None:
        return None
    command = _command(session, stored.rollout, ask, why)
    try:
        _record(session, endpoint, stored.rollout, command)
    except (Conflict, Throttled, Unavailable) as error:
        session.voice.warn(f"the wish to go back could not be recorded beforehand ({error})")
    with session.voice.progress(f"taking {endpoint.model}@{stored.rollout.version} back"):
        decision = take_back(
            session.functions, session.rollouts(endpoint), endpoint, Evidence(commands=(command,)), _now
        )
    session.nudge(endpoint)
    return decision.rollout if decision else None


def _paused_or_resumed(session: Session, endpoint: Endpoint, ask: Ask, why: str) -> Rollout:
    rollout, wanted = active(session, endpoint), ask is Ask.PAUSE
    with session.voice.progress(f"asking the controller to {ask} {endpoint.model}"):
        return _asked(session, endpoint, rollout, ask, why, lambda now: now.paused == wanted or now.phase.ended)


def _asked(
    session: Session, endpoint: Endpoint, rollout: Rollout, ask: Ask, why: str, done: Callable[[Rollout], bool]
) -> Rollout:
    """Recorded first, so that it holds whether or not the controller can be woken now."""
    _record(session, endpoint, rollout, _command(session, rollout, ask, why))
    patience = _PATIENCE_S if session.nudge(endpoint) else 0.0
    return follow(session, endpoint, rollout, done, patience)


def _record(session: Session, endpoint: Endpoint, rollout: Rollout, command: Command) -> None:
    about = {"rollout": rollout.id, "release": rollout.candidate, "step": rollout.step}
    about |= {"reason": command.reason} if command.reason else {}
    audit = AuditEntry.of(endpoint.model, command.ask.value, session.actor, command.at, **about)
    session.rollouts(endpoint).command(rollout, command, audit)


def _command(session: Session, rollout: Rollout, ask: Ask, why: str) -> Command:
    """Never from before what the person saw, though this machine's clock may be behind the controller's."""
    seen = max(rollout.started, rollout.armed, rollout.since)
    command = Command(ask, session.actor, max(_now(), seen), rollout.step, why)
    return replace(command, at=max(command.at, rollout.commanded or command.at))


def _moved(before: Rollout, now: Rollout) -> bool:
    return now.phase.ended or now.step > before.step


def _now() -> datetime:
    return datetime.now(UTC)
