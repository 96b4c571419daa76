"""Is one metric alike enough over the groups of one split? Pass, fail, or too few rows to tell, and of whom."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from serin.fairness.gaps import Comparison, Interval, Kind
from serin.fairness.limits import Limits
from serin.fairness.metrics import Metric
from serin.fairness.shortage import Shortage, shortages

__all__ = ["Finding", "Verdict", "weigh"]


class Verdict(StrEnum):
    """In the order of worst."""

    PASS = "pass"  # noqa: S105 - no password
    INSUFFICIENT = "insufficient"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """`seen` is None where there are no two groups to compare; `highest` and `lowest` are those whose figures are
    furthest apart. `limit` is in the metric's own unit."""

    split: str
    metric: Metric
    kind: Kind
    limit: float
    verdict: Verdict = Verdict.INSUFFICIENT
    seen: Interval | None = None
    highest: str = ""
    lowest: str = ""
    short: tuple[Shortage, ...] = ()

    @property
    def beyond(self) -> bool:
        """Is what was seen beyond the limit, whatever it proves?"""
        if self.seen is None or self.seen.value is None:
            return False
        return self.seen.value > self.limit if self.kind is Kind.DIFFERENCE else self.seen.value < self.limit


def weigh(comparison: Comparison, limits: Limits, unit: float) -> Iterator[Finding]:
    """One finding for each limit: fail where the whole interval lies beyond it, pass where all of it is within and no
    group has fewer rows than `least_rows`. Such groups can't convict either."""
    counts = tuple(comparison.split.counts.values())
    rows = sum(one.rows for one in counts)
    judged = [place for place, one in enumerate(counts) if one.rows >= limits.least_share * rows]
    told = [place for place in judged if counts[place].rows >= limits.least_rows]
    for kind, limit in _limits(comparison.metric, limits, unit):
        bare = Finding(str(comparison.split), comparison.metric, kind, limit)
        yield bare if len(judged) < 2 else _compared(bare, comparison, told, judged, limits.least_rows)


def _compared(bare: Finding, comparison: Comparison, told: list[int], judged: list[int], least: int) -> Finding:
    ratio, small = bare.kind is Kind.RATIO, sorted(set(judged) - set(told))
    seen = comparison.ratio(told, judged) if ratio else comparison.difference(told, judged)
    ends = comparison.ends(judged)
    names = [comparison.names[place] for place in ends] or ["", ""]
    verdict = _verdict(bare.kind, seen, bare.limit, small=bool(small))
    found = replace(bare, verdict=verdict, seen=seen, lowest=names[0], highest=names[1])
    if verdict is not Verdict.INSUFFICIENT:
        return found
    decisive = sorted({*ends, *small}) if found.beyond else judged
    return replace(found, short=shortages(comparison, bare.kind, bare.limit, decisive, least))


def _limits(metric: Metric, limits: Limits, unit: float) -> Iterator[tuple[Kind, float]]:
    if metric in limits.difference:
        yield Kind.DIFFERENCE, limits.difference[metric] * unit
    if metric in limits.ratio:
        yield Kind.RATIO, limits.ratio[metric]


def _verdict(kind: Kind, seen: Interval, limit: float, *, small: bool) -> Verdict:
    ratio = kind is Kind.RATIO
    if seen.high < limit if ratio else seen.low > limit:
        return Verdict.FAIL
    within = seen.low >= limit if ratio else seen.high <= limit
    return Verdict.PASS if within and not small else Verdict.INSUFFICIENT
