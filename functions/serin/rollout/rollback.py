"""Back to the release that was live before, in one call and without a test: it has served already."""

from dataclasses import dataclass

from serin.errors import Conflict, NotFound
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry
from serin.rollout.history import MOVES, before, live_stack
from serin.rollout.ports import Operator
from serin.rollout.release import Alias, Release

__all__ = ["Rollback", "rollback"]

_ATTEMPTS = 5


@dataclass(frozen=True)
class Rollback:
    """From which release to which; `moved` is False when an earlier attempt had moved `live` already."""

    came_from: str
    release: Release
    moved: bool


def rollback(operator: Operator, endpoint: Endpoint, to: int | None = None) -> Rollback:
    """To the release before, or to `to`. Raise NotFound when there is none, Conflict when others keep moving `live`."""
    if to is not None:
        _check(operator, endpoint, to)
    for _ in range(_ATTEMPTS):
        live = operator.functions.alias(endpoint.function, endpoint.alias)
        stack = live_stack(operator.releases.audits(endpoint.model, MOVES))
        if len(stack) > 1 and stack[-2] == live.version and not live.weights and to in {None, int(live.version)}:
            # An earlier rollback died between the move and its audit; going on would go back twice.
            return _done(operator, endpoint, stack[-1], _release(operator, endpoint, live.version), moved=False)
        target = _release(operator, endpoint, before(stack, live.version) if to is None else str(to))
        if live.version == str(target.number) and not live.weights:
            raise Conflict(f"live of {endpoint.model} is at release {target.number} already.")
        try:
            operator.functions.move_alias(endpoint.function, endpoint.alias, Alias(str(target.number), live.revision))
        except Conflict as error:
            operator.on_step(f"live was moved by somebody else, looking again ({error})")
            continue
        return _done(operator, endpoint, live.version, target, moved=True)
    raise Conflict(f"live of {endpoint.model} kept moving under {_ATTEMPTS} attempts: ask who else is deploying.")


def _done(operator: Operator, endpoint: Endpoint, came_from: str, target: Release, *, moved: bool) -> Rollback:
    details = {"from": came_from, "to": str(target.number), "version": target.model_version, **operator.reason}
    operator.releases.record(AuditEntry.of(endpoint.model, "rollback", operator.actor, operator.now(), **details))
    operator.on_step(f"live moved from release {came_from} back to {target.number}")
    return Rollback(came_from, target, moved)


def _check(operator: Operator, endpoint: Endpoint, number: int) -> None:
    known = [release.number for release in operator.releases.all(endpoint.model)]
    if number not in known:
        listed = ", ".join(map(str, known)) or "none"
        raise NotFound(f"{endpoint.model} has no release {number}: its releases are {listed}.")
    operator.functions.configuration(endpoint.function, str(number))  # its Lambda version may have been deleted


def _release(operator: Operator, endpoint: Endpoint, number: str | None) -> Release:
    for release in operator.releases.all(endpoint.model):
        if str(release.number) == number:
            return release
    raise NotFound(f"{endpoint.model} has no release before the live one: deploy another version instead.")
