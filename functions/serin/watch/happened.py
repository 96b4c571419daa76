"""What became of a window's predictions, as the diagnosis wants it: from the sums by hour that `quality` counts."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import add

from serin.drift.examine import Happened
from serin.drift.outcome_quality import Outcomes
from serin.drift.worth import Worth
from serin.outcomes.outcome import MICRO
from serin.outcomes.quality import Quality, Sums
from serin.stats.moments import Moments
from serin.watch.span import Span

__all__ = ["ByHour", "happened", "in_span"]

ByHour = Mapping[str, Mapping[str, Quality]]
"""By hour (2026-01-05T08) and segment, `name=value`, or `all`."""

_ALL = "all"
_NOTHING = Sums()


def happened(qualities: ByHour, span: Span, before: Sequence[Span]) -> Happened:
    """`before` are the windows whose worth this one is compared with."""
    segments = in_span(qualities, span)
    whole = segments.get(_ALL, Quality())
    past = [in_span(qualities, one).get(_ALL, Quality()) for one in before]
    return Happened(
        outcomes={"" if name == _ALL else name: _outcomes(one) for name, one in segments.items() if one.n},
        worth={
            name: Worth(tuple(_moments(one.kpi.get(name, _NOTHING)) for one in past), _moments(sums))
            for name, sums in whole.kpi.items()
        },
    )


def in_span(qualities: ByHour, span: Span) -> dict[str, Quality]:
    """By segment, over the hours of the window."""
    hours = [qualities[name] for at in span.each_hour if (name := f"{at:%Y-%m-%dT%H}") in qualities]
    names = dict.fromkeys(name for hour in hours for name in hour)
    return {name: _sum(hour[name] for hour in hours if name in hour) for name in names}


def _sum(qualities: Iterable[Quality]) -> Quality:
    return reduce(add, qualities, Quality())


def _outcomes(quality: Quality) -> Outcomes:
    residuals = quality.residuals
    return Outcomes(
        {place: (n, positive, total / MICRO) for place, (n, positive, total) in quality.bins.items()},
        (residuals.n, quality.absolute / MICRO, residuals.squares / MICRO**2),
    )


def _moments(sums: Sums) -> Moments:
    return Moments(sums.n, sums.total / MICRO, sums.squares / MICRO**2)
