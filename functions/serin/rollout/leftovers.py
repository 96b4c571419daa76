"""Which releases, alarms and warm sandboxes of an endpoint may go, and why are the others kept?

A release that goes takes its exact code with it: `serin deploy` publishes its model version anew, on the code of then.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from serin.cost.code import Code
from serin.cost.prices import Quantities
from serin.cost.stage import MONTH_S
from serin.rollout.cliffs import LIVE, CliffKind
from serin.rollout.history import last_live
from serin.rollout.holdings import Holdings, Published, in_use

__all__ = ["Judged", "Kind", "Rules", "leftovers"]

_TUNING = timedelta(hours=2)
"""So long may a tune take."""


class Kind(StrEnum):
    """In the order in which they go: what is kept warm of a release before the release."""

    WARM = "provisioned concurrency"
    ALARM = "alarm"
    RELEASE = "release"


@dataclass(frozen=True)
class Rules:
    """What is younger than `days` stays, and so do the `last` releases that were live."""

    days: int = 14
    last: int = 3


@dataclass(frozen=True)
class Judged:
    """One thing, whether it may go, and why. `uses` is what it takes in a month, in the units of the price table."""

    kind: Kind
    name: str
    goes: bool
    reason: str
    uses: Quantities = field(default_factory=dict)


def leftovers(holdings: Holdings, rules: Rules, now: datetime) -> tuple[Judged, ...]:
    """All that there is, in the order in which it would go."""
    used = in_use(holdings)
    return (*_warm(holdings, used, rules, now), *_alarms(holdings), *_releases(holdings, used, rules, now))


def _warm(holdings: Holdings, used: dict[str, str], rules: Rules, now: datetime) -> Iterator[Judged]:
    """What an alias keeps warm is somebody's wish: it ends when the endpoint is idle."""
    known = {str(one.number): one for one in holdings.published}
    for warm in holdings.warm:
        release = known.get(warm.qualifier)
        uses = _kept_ready(release, warm.count) if release else {}
        kept = used.get(warm.qualifier) if release else "its alias is there"
        kept = kept or _young("set", warm.at, rules, now)
        reason = kept or f"nobody is sent to release {warm.qualifier}"
        yield Judged(Kind.WARM, warm.qualifier, kept is None, reason, uses)


def _alarms(holdings: Holdings) -> Iterator[Judged]:
    """Those of candidates. The controller deletes them at the end of a rollout: these are what it could not."""
    rollout = holdings.rollout
    for alarm in holdings.alarms:
        if alarm.release == LIVE:
            continue
        uses = {Code.FAST_ALARM if alarm.kind == CliffKind.FAILURES else Code.ALARM: Fraction(1)}
        guards = rollout is not None and alarm.concerns(rollout)
        reason = "it guards a rollout" if guards else f"the rollout of release {alarm.release} has ended"
        yield Judged(Kind.ALARM, str(alarm), not guards, reason, uses)


def _releases(holdings: Holdings, used: dict[str, str], rules: Rules, now: datetime) -> Iterator[Judged]:
    was = last_live(holdings.moves)
    recent = list(was)[: rules.last]
    newest = max((one.number for one in holdings.published if not one.trial), default=0)
    for one in sorted(holdings.published, key=lambda one: one.number):
        name = str(one.number)
        if one.trial:
            yield _trial(one, used.get(name), now)
            continue
        kept = used.get(name) or _own(one, newest) or _young("published", one.at, rules, now)
        if kept is None and name in recent:
            kept = f"it is one of the last {rules.last} that were live"
        ago = f"it was published {_ago(one.at, now)}, and "
        reason = kept or ago + (f"was last live on {was[name][:10]}" if name in was else "was never live")
        yield Judged(Kind.RELEASE, name, kept is None, reason, _snapshot(one))


def _trial(release: Published, used: str | None, now: datetime) -> Judged:
    """Nobody is sent to one, whatever its age; a tune that still runs may be in need of it."""
    kept = used or ("serin tune may still be using it" if now - release.at < _TUNING else None)
    reason = kept or "serin tune made it to measure it, and did not come to its end"
    return Judged(Kind.RELEASE, str(release.number), kept is None, reason, _snapshot(release))


def _own(release: Published, newest: int) -> str | None:
    if release.serves is None:
        return "the stack has made it, and its template names it"
    # Lambda may answer a PublishVersion with the last version, while $LATEST is as that one was.
    return "it is the newest" if release.number == newest else None


def _young(done: str, at: datetime, rules: Rules, now: datetime) -> str | None:
    if now - at >= timedelta(days=rules.days):
        return None
    return f"it was {done} {_ago(at, now)}: what is younger than {rules.days} days stays"


def _ago(at: datetime, now: datetime) -> str:
    days = max(0, (now - at).days)
    return "today" if not days else f"{days} day{'s' if days > 1 else ''} ago"


def _snapshot(release: Published) -> Quantities:
    return {Code.SNAP_START_CACHE: _gb(release) * MONTH_S} if release.snapshot else {}


def _kept_ready(release: Published, count: int) -> Quantities:
    code = Code.PROVISIONED_ARM64 if release.architecture == "arm64" else Code.PROVISIONED_X86_64
    return {code: _gb(release) * MONTH_S * count}


def _gb(release: Published) -> Fraction:
    return Fraction(release.memory_mb, 1024)
