"""How fast, and how dear, is a version at each memory setting, measured on the cloud that it runs on?"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from infra.cli.live import live_of
from infra.cli.session import Session
from infra.cli.spending import check_serves
from serin.aws.function_versions import FunctionVersions
from serin.cost.prices import Prices
from serin.diff.version import Version
from serin.errors import BadRequest, Conflict, NotFound, SerinError, Throttled, Unavailable
from serin.optimize.choice import Measured, choose, measured
from serin.optimize.report_line import report_of
from serin.optimize.rounds import Answer, Ask, Tried, rounds
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry
from serin.rollout.trials import Trials

__all__ = ["Asked", "Invoked", "invoked", "paced"]

_ATTEMPTS = 5
_SHARE = 4
"""Of the requests a minute at which the spend guard stops an endpoint, a tune sends at most a fourth."""


@dataclass(frozen=True)
class Asked:
    """`events` are sent in turn, `requests` of them to each of the `sizes` in MB, once its sandbox is warm."""

    version: Version
    events: Sequence[Mapping[str, Any]]
    budget_ms: float
    sizes: tuple[int, ...]
    requests: int
    why: str = ""


@dataclass(frozen=True)
class Invoked:
    """`releases` were the temporary ones; `same_code` is None where nothing is live yet."""

    points: tuple[Measured, ...]
    best: Measured | None
    now_mb: int
    releases: tuple[int, ...]
    same_code: bool | None


def invoked(session: Session, endpoint: Endpoint, asked: Asked, prices: Prices, architecture: str) -> Invoked:
    """Raises Conflict during a rollout, where the spend guard has stopped the endpoint, or somebody else changes the
    function meanwhile; BadRequest for requests that the model refuses. Whatever it raises, it leaves nothing behind."""
    _check_idle(session, endpoint)
    check_serves(session, endpoint)
    operator = session.operator(endpoint, asked.why)
    versions = FunctionVersions(session.clients.client("lambda"))
    trials = Trials(operator, versions, endpoint, session.voice.warn)
    _record(session, endpoint, asked, did="START", settings=",".join(map(str, asked.sizes)))
    with session.voice.progress(f"tuning {asked.version}"):
        _clear(session, trials)
        latest = session.functions.configuration(endpoint.function)
        made: dict[int, str] = {}
        try:
            tried = _tried(session, endpoint, trials, asked, made)
        finally:
            _removed(session, trials, made)
    points = tuple(measured(one, asked.budget_ms, prices, architecture) for one in tried)
    best = choose(points)
    _record(session, endpoint, asked, did="END", memory_mb=best.memory_mb if best else "none")
    return Invoked(
        points,
        best,
        latest.memory_mb,
        tuple(map(int, made.values())),
        _same_code(session, endpoint, latest.code_sha256),
    )


def _check_idle(session: Session, endpoint: Endpoint) -> None:
    active = session.rollouts(endpoint).active(endpoint.model)
    if active:
        rollout = active.rollout
        raise Conflict(
            f"{endpoint.model}@{rollout.version} is being rolled out ({rollout.phase}, {rollout.weight} %): tune when "
            f"that has ended (serin status {endpoint.model} --watch)."
        )


def _clear(session: Session, trials: Trials) -> None:
    """What a run that died has left."""
    if trials.restore():
        session.voice.step("set $LATEST back to what it was before an earlier tune, which did not come to its end")
    gone = trials.remove(trials.left())
    if gone:
        session.voice.step(f"removed temporary releases of an earlier tune: {', '.join(map(str, gone))}")


def _tried(
    session: Session, endpoint: Endpoint, trials: Trials, asked: Asked, made: dict[int, str]
) -> tuple[Tried, ...]:
    """$LATEST is as it was before the first request is sent."""
    try:
        for size in asked.sizes:
            made[size] = trials.publish(asked.version.record, size)
    finally:
        trials.restore()
    failures = {size: trials.failure(number) for size, number in made.items()}
    able = {size: number for size, number in made.items() if not failures[size]}
    ask = paced(_asks(session, endpoint, able), endpoint.budget.runaway_per_minute)
    found = rounds(ask, [*able], asked.events, asked.budget_ms, asked.requests, session.voice.step)
    known = {one.memory_mb: one for one in found}
    return tuple(known.get(size) or Tried(size, failed=failures[size]) for size in asked.sizes)


def _removed(session: Session, trials: Trials, made: Mapping[int, str]) -> None:
    """Also those of which nobody heard the number, as the answer to their publication was lost."""
    numbers = {*map(int, made.values())}
    try:
        numbers |= {*trials.left()}
    except SerinError as error:
        session.voice.warn(f"serin gc removes what else a tune may have left ({error})")
    gone = trials.remove(sorted(numbers))
    session.voice.step(f"{len(gone)} temporary releases are removed")


def _asks(session: Session, endpoint: Endpoint, made: Mapping[int, str]) -> Ask:
    def ask(memory_mb: int, event: Mapping[str, Any]) -> Answer:
        for attempt in range(_ATTEMPTS):
            try:
                payload, log, crashed = session.functions.measured(endpoint.function, made[memory_mb], event)
            except (Throttled, Unavailable):
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(0.5 * 2**attempt)
            except NotFound as error:
                gone = f"The temporary release {made[memory_mb]} is gone"
                raise Conflict(f"{gone}: another tune of {endpoint.model} began ({error}).") from error
            else:
                failed = _failure(endpoint, payload, crashed=crashed)
                return Answer(None if failed else report_of(log), failed)
        raise AssertionError("unreachable")

    return ask


def _failure(endpoint: Endpoint, payload: bytes, *, crashed: bool) -> str:
    """Empty for an answer. Raises BadRequest for a refused request: it would be quicker than any other."""
    if crashed:
        return f"it crashed: {payload[:300].decode(errors='replace')}"
    try:
        answer = orjson.loads(payload)
        status, body = int(answer["statusCode"]), str(answer.get("body", ""))[:300]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return f"it answered with no status: {payload[:200]!r}"
    if 400 <= status < 500:
        raise BadRequest(f"{endpoint.model} can't be measured on these rows: it answers {status}: {body}")
    return "" if status == 200 else f"it answered {status}: {body}"


def paced(
    ask: Ask, most_per_minute: int | None, clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Ask:  # fmt: skip
    """Lambda counts these requests with all others, and so does the alarm that stops who has run away."""
    if most_per_minute is None:
        return ask
    pause, due = 60.0 * _SHARE / most_per_minute, clock()

    def later(memory_mb: int, event: Mapping[str, Any]) -> Answer:
        nonlocal due
        sleep(max(0.0, due - clock()))
        due = clock() + pause
        return ask(memory_mb, event)

    return later


def _same_code(session: Session, endpoint: Endpoint, code_sha256: str) -> bool | None:
    release = live_of(session, endpoint).release
    return release.code_sha256 == code_sha256 if release else None


def _record(session: Session, endpoint: Endpoint, asked: Asked, **details: Any) -> None:
    why = {"reason": asked.why} if asked.why else {}
    entry = AuditEntry.of(
        endpoint.model, "tune", session.actor, datetime.now(UTC), version=asked.version.record.number, **details, **why
    )
    session.releases(endpoint).record(entry)
