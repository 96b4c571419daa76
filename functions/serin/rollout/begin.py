"""How does a rollout begin? A release is published and the plan recorded; from there on it is the controller's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from serin.errors import Conflict, InvalidSettings
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry, VersionRecord
from serin.registry.ulid import ulid
from serin.rollout.controller import Rollouts
from serin.rollout.guardrails import guardrails
from serin.rollout.plan import Plan
from serin.rollout.ports import Operator
from serin.rollout.publish import ensure_release
from serin.rollout.release import Release, environment_of
from serin.rollout.state import Rollout
from serin.rollout.trial import wanted
from serin.serving.confidence import confidence_output
from serin.serving.signature import Signature

__all__ = ["Begun", "begin", "is_live", "live_release"]


@dataclass(frozen=True)
class Begun:
    """`rollout` is None where the release is live already; `new` is False where the same rollout was under way."""

    release: Release
    rollout: Rollout | None
    new: bool


def live_release(operator: Operator, endpoint: Endpoint) -> Release | None:
    """What all or most of the traffic goes to; None on the bootstrap release, which has no model."""
    live = operator.functions.alias(endpoint.function, endpoint.alias).version
    return next((one for one in operator.releases.all(endpoint.model) if str(one.number) == live), None)


def is_live(operator: Operator, endpoint: Endpoint, version: VersionRecord) -> bool:
    """Is the live release of this version, on the code and settings of $LATEST? Then there is nothing to deploy."""
    live = live_release(operator, endpoint)
    if live is None or live.model_version != version.number:
        return False
    latest = operator.functions.configuration(endpoint.function)
    return wanted(latest, endpoint, environment_of(version)).fingerprint == live.fingerprint


def begin(
    operator: Operator,
    rollouts: Rollouts,
    endpoint: Endpoint,
    version: VersionRecord,
    versions: Callable[[int], VersionRecord],
    plan: Plan,
    guards: Iterable[str] = (),
) -> Begun:
    """From the live release to one of this version. `guards` are texts such as `errors:2%`; all where none is given.

    Raises Conflict while another rollout is active, InvalidSettings for a plan or guardrail that can't work, and what
    `ensure_release` raises.
    """
    if plan.shadow:
        raise InvalidSettings("A shadow share needs mirrored requests, which are not built yet: leave shadow= away.")
    active = rollouts.active(endpoint.model)
    if active and active.rollout.version != version.number:
        raise _busy(endpoint, active.rollout)
    release = ensure_release(operator, endpoint, version)
    if active:
        if active.rollout.candidate != release.number:
            raise _busy(endpoint, active.rollout)
        return Begun(release, active.rollout, new=False)
    live = operator.functions.alias(endpoint.function, endpoint.alias)
    if live.weights:
        raise Conflict(
            f"live of {endpoint.model} splits its traffic, and no rollout of Serin's does it: run serin rollback "
            f"{endpoint.model} --to {live.version} first."
        )
    if live.version == str(release.number):
        return Begun(release, None, new=False)
    before = live_release(operator, endpoint)
    previous = versions(before.model_version) if before else None
    confident = all(_gives_confidence(one) for one in (version, previous or version))
    now = operator.now()
    rollout = Rollout.start(
        ulid(now), endpoint.model, release.number, int(live.version), plan,
        guardrails([*guards], confidence=confident), operator.actor, now,
        version=version.number, previous_version=previous.number if previous else 0, why=operator.why,
    )  # fmt: skip
    about = {"rollout": rollout.id, "release": release.number, "version": version.number, "reason": rollout.reason}
    try:
        rollouts.start(rollout, AuditEntry.of(endpoint.model, "rollout", operator.actor, now, did="START", **about))
    except Conflict as error:
        raise Conflict(f"Another rollout of {endpoint.model} began at the same time: see serin status.") from error
    return Begun(release, rollout, new=True)


def _gives_confidence(version: VersionRecord) -> bool:
    return confidence_output(Signature.from_dict(version.signature), version.task) is not None


def _busy(endpoint: Endpoint, rollout: Rollout) -> Conflict:
    return Conflict(
        f"{endpoint.model}@{rollout.version} is being rolled out ({rollout.phase}, {rollout.weight} %): wait for "
        f"its end (serin status {endpoint.model} --watch), or take it back with serin abort {endpoint.model}."
    )
