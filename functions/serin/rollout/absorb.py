"""Which of the counts at hand are new, and how old is the newest? Twice, late or shuffled, each request counts once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from serin.rollout.evidence import Arms, Window
from serin.rollout.phases import Phase
from serin.rollout.state import Rollout
from serin.rollout.watch import Watch

__all__ = ["HORIZON", "absorb", "newest"]

HORIZON = timedelta(minutes=30)
_KEPT = 120
_NOTHING = Arms()


def absorb(rollout: Rollout, windows: Iterable[Window] | None, now: datetime) -> Rollout:
    """The rollout with all that is new in windows that have ended and are not older than HORIZON."""
    since = now - HORIZON
    recent = tuple(window for window in rollout.taken if window.start >= since)[-_KEPT:]
    if len(recent) == _KEPT:
        since = recent[0].start  # what was forgotten must not count again
    rollout = replace(rollout, taken=recent)
    for window in sorted(windows or (), key=lambda one: (one.start, one.end)):
        if window.end <= now and window.start >= since:
            rollout = _take(rollout, window)
    return rollout


def newest(rollout: Rollout) -> datetime | None:
    """Until when the candidate's requests are known by every guardrail; None when one of them knows none."""
    ends = []
    for watch in rollout.watches:
        name = watch.guardrail.name
        seen = [window.end for window in rollout.taken if window.arms.get(name, _NOTHING).candidate.total]
        if not seen:
            return None
        ends.append(max(seen))
    return min(ends)


def _take(rollout: Rollout, window: Window) -> Rollout:
    same = next((one for one in rollout.taken if (one.start, one.end) == (window.start, window.end)), None)
    if same is None and any(window.overlaps(one) for one in rollout.taken):
        return rollout  # the same time cut differently would count twice
    before = same.arms if same else {}
    new = {name: arms.since(before.get(name, _NOTHING)) for name, arms in window.arms.items()}
    known = {name: arms.joined(before.get(name, _NOTHING)) for name, arms in window.arms.items()}
    watches = tuple(_feed(rollout, watch, window, new, known, same is not None) for watch in rollout.watches)
    others = tuple(one for one in rollout.taken if one is not same)
    taken = (*others, replace(window, arms={**before, **known}))
    return replace(rollout, watches=watches, taken=tuple(sorted(taken, key=lambda one: one.start)))


def _feed(
    rollout: Rollout, watch: Watch, window: Window, new: Mapping[str, Arms], known: Mapping[str, Arms], again: bool
) -> Watch:
    name = watch.guardrail.name
    arms = new.get(name, _NOTHING)
    if arms == _NOTHING or rollout.moved_during(window):
        return watch
    if window.end <= rollout.armed or rollout.phase is Phase.SMOKE:
        return watch.baseline(arms)
    this_step = window.start >= rollout.since
    return watch.late(arms, known[name], this_step) if again else watch.update(arms, this_step)
