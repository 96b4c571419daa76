"""All at once: publish a release of a model version, smoke-test it, move `live`.

Each step looks first whether it is done, so that a deploy that died anywhere is finished by running it again.
"""

from dataclasses import dataclass

from serin.errors import Conflict
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry, VersionRecord
from serin.rollout.history import MOVES, before, live_stack
from serin.rollout.ports import Operator
from serin.rollout.publish import ensure_release
from serin.rollout.release import Alias, Release
from serin.rollout.smoke import smoke
from serin.serving.golden import Golden

__all__ = ["Deployment", "deploy"]

_ATTEMPTS = 5


@dataclass(frozen=True)
class Deployment:
    """`previous` is the release that was live before; `moved` is False when `live` was there already."""

    release: Release
    previous: str | None
    moved: bool
    smoke_tests: int


def deploy(operator: Operator, endpoint: Endpoint, version: VersionRecord, golden: Golden) -> Deployment:
    """Raises SmokeFailed or NotReady with `live` unmoved, Conflict when others keep moving it."""
    release = ensure_release(operator, endpoint, version)
    smoke(operator, endpoint, release.number, golden)
    moved, previous = _move(operator, endpoint, release)
    return Deployment(release, previous, moved, len(golden.examples))


def _move(operator: Operator, endpoint: Endpoint, release: Release) -> tuple[bool, str | None]:
    target = str(release.number)
    for _ in range(_ATTEMPTS):
        live = operator.functions.alias(endpoint.function, endpoint.alias)
        stack = live_stack(operator.releases.audits(endpoint.model, MOVES))
        if live.version == target and not live.weights:
            return False, _already_there(operator, endpoint, release, stack)
        try:
            operator.functions.move_alias(endpoint.function, endpoint.alias, Alias(target, live.revision))
        except Conflict as error:
            operator.on_step(f"live was moved by somebody else, looking again ({error})")
            continue
        operator.on_step(f"live moved from release {live.version} to {target}")
        _audit(operator, endpoint, release, live.version)
        return True, live.version
    raise Conflict(f"live of {endpoint.model} kept moving under {_ATTEMPTS} attempts: ask who else is deploying.")


def _already_there(operator: Operator, endpoint: Endpoint, release: Release, stack: tuple[str, ...]) -> str | None:
    """A deploy may have died between the move and its audit: write what is missing."""
    previous = before(stack, str(release.number))
    if not stack or stack[-1] != str(release.number):
        _audit(operator, endpoint, release, previous or "unknown")
    operator.on_step(f"live is at release {release.number} already")
    return previous


def _audit(operator: Operator, endpoint: Endpoint, release: Release, previous: str) -> None:
    details = {"from": previous, "to": str(release.number), "version": release.model_version, **operator.reason}
    operator.releases.record(AuditEntry.of(endpoint.model, "deploy", operator.actor, operator.now(), **details))
