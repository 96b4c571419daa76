"""How a release comes to be, again and again until it is there: environment, version, Active, record."""

from collections.abc import Callable
from functools import partial

from serin.errors import Conflict, NotFound, NotReady, Unavailable
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry, VersionRecord, timestamp
from serin.rollout.ports import Operator
from serin.rollout.release import Configuration, Release, environment_of
from serin.rollout.trial import wanted as wanted_of

__all__ = ["active", "change", "ensure_release", "settled"]

_ATTEMPTS = 5
_PATIENCE_S = 900.0


def ensure_release(operator: Operator, endpoint: Endpoint, version: VersionRecord) -> Release:
    """The release of this model version on the code and settings of $LATEST. Raises NotReady, Conflict, Unavailable."""
    for _ in range(_ATTEMPTS):
        try:
            return _once(operator, endpoint, version)
        except Conflict as error:
            operator.on_step(f"somebody else changed the function meanwhile, looking again ({error})")
    raise Conflict(
        f"{endpoint.function} kept changing under {_ATTEMPTS} attempts: wait for the others, then deploy again."
    )


def _once(operator: Operator, endpoint: Endpoint, version: VersionRecord) -> Release:
    latest = settled(operator, endpoint.function)
    # UpdateFunctionConfiguration replaces the whole environment: merge first.
    wanted = wanted_of(latest, endpoint, environment_of(version))
    known = _known(operator, endpoint, version, wanted.fingerprint)
    if known:
        operator.on_step(f"release {known.number} already holds {version} on this code")
        return known
    if (latest.environment, latest.settings) != (wanted.environment, wanted.settings):
        operator.on_step(f"binding {endpoint.function} to {version}")
        change(operator, endpoint, latest, wanted)
        latest = settled(operator, endpoint.function)
    if latest.fingerprint != wanted.fingerprint:
        raise Conflict("the function's environment, code or settings changed")
    number = operator.functions.publish(endpoint.function, latest, f"{version}")
    published = active(operator, endpoint, number)
    if published.fingerprint != wanted.fingerprint:
        raise Conflict(f"release {number} was published from other settings")
    return _record(operator, version, int(number), wanted)


def _known(operator: Operator, endpoint: Endpoint, version: VersionRecord, fingerprint: str) -> Release | None:
    for release in reversed(operator.releases.all(endpoint.model)):
        if (release.model_version, release.fingerprint) == (version.number, fingerprint):
            try:
                active(operator, endpoint, str(release.number))
            except NotFound:
                continue  # the Lambda version was deleted to save space: publish it anew
            return release
    return None


def _record(operator: Operator, version: VersionRecord, number: int, published: Configuration) -> Release:
    at = operator.now()
    release = Release(
        version.model,
        number,
        version.number,
        published.code_sha256,
        published.fingerprint,
        timestamp(at),
        operator.actor,
    )
    audit = AuditEntry.of(version.model, "release", operator.actor, at, release=number, version=version.number)
    try:
        operator.releases.add(release, audit)
    except Conflict:
        known = next((r for r in operator.releases.all(version.model) if r.number == number), release)
        if known.fingerprint != release.fingerprint:
            raise
        return known
    operator.on_step(f"release {number} recorded")
    return release


def change(operator: Operator, endpoint: Endpoint, latest: Configuration, wanted: Configuration) -> None:
    """$LATEST from what was read to what is wanted: environment and memory, in one step. Raises Conflict when it is no
    longer what was read."""
    memory_mb = None if wanted.settings == latest.settings else wanted.memory_mb
    operator.functions.set_environment(endpoint.function, wanted.environment, latest.revision, memory_mb)


def settled(operator: Operator, function: str) -> Configuration:
    """$LATEST, once no update of it is under way. Raises NotReady, Unavailable."""
    return _wait(operator, lambda: operator.functions.configuration(function), _update_problem, f"{function}'s update")


def active(operator: Operator, endpoint: Endpoint, number: str) -> Configuration:
    """A published version, once it can be invoked. Raises NotReady where it failed to start, Unavailable."""
    operator.on_step(
        f"waiting until release {number} is active" + (" and its snapshot ready" if endpoint.snapstart else "")
    )
    read = partial(operator.functions.configuration, endpoint.function, number)
    return _wait(operator, read, _start_problem, f"release {number}")


def _update_problem(found: Configuration) -> str | None:
    if found.update_status == "Failed" or found.state == "Failed":
        raise NotReady(f"The function's last update failed: {found.state_reason}. Deploy the stack again.")
    return None if found.update_status == "Successful" and found.state != "Pending" else found.update_status


def _start_problem(found: Configuration) -> str | None:
    if found.state == "Failed":
        raise NotReady(f"Release {found.version} did not start, live stays where it is: {found.state_reason}")
    if found.state == "Pending":
        return "it is Pending"
    return "its snapshot is not taken yet" if found.snapstart and not found.snapshot_ready else None


def _wait(
    operator: Operator,
    read: Callable[[], Configuration],
    problem: Callable[[Configuration], str | None],
    what: str,
) -> Configuration:
    waited, step = 0.0, 0.2
    while True:
        found = read()
        open_problem = problem(found)
        if open_problem is None:
            return found
        if waited >= _PATIENCE_S:
            raise Unavailable(f"{what} was not ready after {waited:.0f} s ({open_problem}): run deploy again.")
        operator.pause(step)
        waited, step = waited + step, min(step * 1.5, 5.0)
