"""How long does a release take at each of several memory settings? All are asked in turn, so that an hour in which
Lambda is slow is one for all of them; who is surely over the budget is asked no more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from serin.optimize.report_line import Report
from serin.stats.quantile_bound import lower_bound

__all__ = ["ALPHA", "QUANTILE", "Answer", "Ask", "Tried", "rounds"]

QUANTILE, ALPHA = 0.99, 0.05
_LOOK = 20
"""After each so many answers a setting may be found hopeless."""
_SILENT = 5
"""So many answers without a REPORT line, and none with one: there will be none."""


@dataclass(frozen=True)
class Answer:
    """`failed` says why the function gave no answer, a crash or a timeout."""

    report: Report | None = None
    failed: str = ""


Ask = Callable[[int, Mapping[str, Any]], Answer]
"""One request, at this memory setting."""


@dataclass
class Tried:
    """`starts` had to wait for a sandbox, `warm` had not. `over`: stopped, as its p99 is surely over the budget."""

    memory_mb: int
    warm: list[Report] = field(default_factory=list)
    starts: list[Report] = field(default_factory=list)
    failed: str = ""
    over: bool = False
    asked: int = 0

    @property
    def durations(self) -> list[float]:
        return [one.duration_ms for one in self.warm]


def rounds(
    ask: Ask, sizes: Sequence[int], events: Sequence[Mapping[str, Any]], budget_ms: float, requests: int,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[Tried, ...]:  # fmt: skip
    """`requests` warm ones of each. Each look has its part of alpha, so that all together are wrong so seldom."""
    found = tuple(Tried(size) for size in sizes)
    alpha = ALPHA * _LOOK / max(_LOOK, requests)
    turn = 0
    while pending := [one for one in found if _goes_on(one, requests)]:
        for one in pending:
            _take(one, ask(one.memory_mb, events[turn % len(events)]))
            if one.warm and len(one.warm) % _LOOK == 0:
                one.over = _hopeless(one, budget_ms, alpha)
            if one.over or one.failed:
                on_step(f"{one.memory_mb:,} MB is out: {one.failed or 'its p99 is over the budget'}")
        turn += 1
        if turn % 100 == 0:
            on_step(f"{turn:,} requests to each of {len(pending)} settings")
    return found


def _goes_on(one: Tried, requests: int) -> bool:
    """Where each request meets a new sandbox, it ends all the same."""
    return not (one.failed or one.over) and len(one.warm) < requests and one.asked < 2 * requests + _LOOK


def _take(one: Tried, answer: Answer) -> None:
    one.asked += 1
    report = answer.report
    if answer.failed:
        one.failed = answer.failed
    elif report is None:
        if one.asked >= _SILENT and not one.warm and not one.starts:
            one.failed = "its log ends without a REPORT line"
    elif report.start_ms is None:
        one.warm.append(report)
    else:
        one.starts.append(report)


def _hopeless(one: Tried, budget_ms: float, alpha: float) -> bool:
    surely = lower_bound(one.durations, QUANTILE, alpha)
    return surely is not None and surely > budget_ms
