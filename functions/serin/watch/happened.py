"""Which outcomes belong to a window? The sums by hour that `quality` counts, put together."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import add

from serin.drift.examine import Happened
from serin.outcomes.happened import happened
from serin.outcomes.quality import Quality
from serin.watch.span import Span

__all__ = ["ByHour", "in_span", "of_span"]

ByHour = Mapping[str, Mapping[str, Quality]]
"""By hour (2026-01-05T08) and segment, `name=value`, or `all`."""

_ALL = "all"


def of_span(qualities: ByHour, span: Span, before: Sequence[Span]) -> Happened:
    """`before` are the windows whose worth this one is compared with."""
    segments = {"" if name == _ALL else name: one for name, one in in_span(qualities, span).items() if one.n}
    return happened(segments, [in_span(qualities, one).get(_ALL, Quality()) for one in before])


def in_span(qualities: ByHour, span: Span) -> dict[str, Quality]:
    """By segment, over the hours of the window."""
    hours = [qualities[name] for at in span.each_hour if (name := f"{at:%Y-%m-%dT%H}") in qualities]
    names = dict.fromkeys(name for hour in hours for name in hour)
    return {name: _sum(hour[name] for hour in hours if name in hour) for name in names}


def _sum(qualities: Iterable[Quality]) -> Quality:
    return reduce(add, qualities, Quality())
