"""How is it said to a person why groups are alike, unlike, or too small to tell? Without a final stop."""

from collections.abc import Iterable, Sequence

from serin.fairness.gaps import Kind
from serin.fairness.shortage import Shortage
from serin.fairness.weigh import Finding

__all__ = ["few", "gap", "lone", "short", "within"]

_SHOWN = 3


def gap(one: Finding) -> str:
    """What was seen, and what is allowed."""
    if one.seen is None or one.seen.value is None:
        return f"{one.metric} can't be compared by {one.split}: too few groups have any"
    interval = f"{one.seen.low:.3g} to {one.seen.high:.3g}"
    if one.kind is Kind.RATIO:
        said = f"{one.metric} of {one.lowest} is {one.seen.value:.3g} of that of {one.highest}"
        return f"{said} ({interval}; {one.limit:.3g} at least is asked for)"
    said = f"{one.metric} is {one.seen.value:.3g} higher for {one.highest} than for {one.lowest}"
    return f"{said} ({interval}; {one.limit:.3g} is allowed)"


def within(one: Finding) -> str:
    """Of the finding that is closest to its limit."""
    assert one.seen is not None
    if one.kind is Kind.RATIO:
        return f"{one.metric} by {one.split}, with a ratio of {one.seen.low:.3g} at least, {one.limit:.3g} asked for"
    return f"{one.metric} by {one.split}, with {one.seen.high:.3g} at most, {one.limit:.3g} allowed"


def lone(split: str, groups: Sequence[str]) -> str:
    return f"by {split} there is nothing to compare with {groups[0]}" if groups else f"by {split} there is no group"


def short(found: Iterable[Shortage]) -> str:
    """Groups with the rows they have and need, the neediest first."""
    return few([f"{one.group} has {one.rows:,} rows of {_needed(one)}" for one in found], "groups")


def _needed(one: Shortage) -> str:
    return "more than can be had" if one.needed is None else f"about {one.needed:,}"


def few(said: Sequence[str], what: str) -> str:
    more = len(said) - _SHOWN
    return "; ".join(said[:_SHOWN]) + (f"; and {more:,} more {what}" if more > 0 else "")
