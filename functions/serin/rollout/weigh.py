"""Which outcomes are new to a rollout? Late, twice or shuffled, each counts once, at the weights of its prediction."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from serin.rollout.kpi_watch import KpiWatch
from serin.rollout.phases import Action
from serin.rollout.slices import HORIZON, Slice
from serin.rollout.state import Rollout

__all__ = ["weigh"]

_KEPT = 96


def weigh(rollout: Rollout, worth: Mapping[str, Iterable[Slice]], now: datetime) -> Rollout:
    """The rollout with all that is new in slices that are not older than HORIZON, by guardrail.

    What can't be compared yet, for one of the releases has no outcome of it, waits in its slice. The rule looks at
    numbers of outcomes alone, never at their values, which is why the tests stay valid.
    """
    if not (rollout.kpis and rollout.weight):
        return rollout
    return replace(
        rollout, kpis=tuple(_weighed(rollout, kpi, worth.get(kpi.guardrail.name, ()), now) for kpi in rollout.kpis)
    )


def _weighed(rollout: Rollout, watch: KpiWatch, slices: Iterable[Slice], now: datetime) -> KpiWatch:
    since, until = now - HORIZON, now - timedelta(seconds=watch.guardrail.age_s)
    recent = tuple(one for one in watch.taken if one.start >= since)[-_KEPT:]
    if len(recent) == _KEPT:
        since = recent[0].start  # what was forgotten must not count again
    watch = replace(watch, taken=recent)
    for one in sorted(slices, key=lambda one: (one.start, one.end)):
        if one.end <= until and one.start >= since and not rollout.moved_during(one):
            watch = _take(rollout, watch, one)
    return watch


def _take(rollout: Rollout, watch: KpiWatch, one: Slice) -> KpiWatch:
    same = next((known for known in watch.taken if known.start == one.start), Slice(one.start, one.end))
    others = tuple(known for known in watch.taken if known.start != one.start)
    if any(one.overlaps(known) for known in others):
        return watch  # the same time cut differently would count twice
    new = replace(one, control=one.control - same.control, candidate=one.candidate - same.candidate)
    if new.control.n < 0 or new.candidate.n < 0:
        return watch  # an old reading
    fed = _fed(rollout, watch, new)
    if fed is watch:
        return watch
    kept = replace(one, end=max(one.end, same.end))
    return replace(fed, taken=tuple(sorted((*others, kept), key=lambda known: known.start)))


def _fed(rollout: Rollout, watch: KpiWatch, new: Slice) -> KpiWatch:
    promoted = min((entry.at for entry in rollout.history if entry.action is Action.PROMOTE), default=new.end)
    if new.end <= rollout.armed:
        return watch.baseline(new) if new.control.n else watch
    if new.start >= promoted:
        return watch.update_alone(new) if new.candidate.n and new.start >= rollout.since else watch
    if not (new.control.n and new.candidate.n):
        return watch
    return watch.update(new, this_step=new.start >= rollout.since)
