"""Which of the settings that were invoked is the cheapest that meets the budget, and how sure is that?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np

from serin.cost.code import Code
from serin.cost.prices import Prices
from serin.optimize.rounds import ALPHA, QUANTILE, Tried
from serin.stats.quantile_bound import upper_bound

__all__ = ["Measured", "Standing", "choose", "maybe_cheaper", "measured"]

_MILLION = 10**6


class Standing(StrEnum):
    """UNDECIDED is neither: more requests may tell."""

    WITHIN = "WITHIN"
    OVER = "OVER"
    UNDECIDED = "UNDECIDED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Measured:
    """Of one setting, from its warm requests: milliseconds, and micro-dollars of Lambda for a million of them.

    `p99_high` is at least the p99, with 95 % confidence; None where that takes more requests. `start_ms` is the median
    of what sandboxes took to start.
    """

    memory_mb: int
    requests: int
    standing: Standing
    why: str
    p50: float | None = None
    p99: float | None = None
    p99_high: float | None = None
    billed_ms: float | None = None
    used_mb: int | None = None
    start_ms: float | None = None
    starts: int = 0
    micro_per_million: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def measured(tried: Tried, budget_ms: float, prices: Prices, architecture: str) -> Measured:
    seen = [*tried.warm, *tried.starts]
    standing, why = _standing(tried, budget_ms)
    start = round(median(one.start_ms or 0.0 for one in tried.starts), 1) if tried.starts else None
    used = max((one.used_mb for one in seen), default=None)
    if not tried.warm:
        return Measured(tried.memory_mb, 0, standing, why, used_mb=used, start_ms=start, starts=len(tried.starts))
    p50, p99 = np.percentile(tried.durations, [50, 100 * QUANTILE]).tolist()
    billed = Fraction(sum(one.billed_ms for one in tried.warm), len(tried.warm))
    taken = {
        Code.LAMBDA_REQUEST: Fraction(_MILLION),
        Code.duration(architecture): billed / 1000 * _MILLION * Fraction(tried.memory_mb, 1024),
    }
    return Measured(
        tried.memory_mb, len(tried.warm), standing, why, round(p50, 3), round(p99, 3),
        upper_bound(tried.durations, QUANTILE, ALPHA), round(float(billed), 3), used, start, len(tried.starts),
        sum(prices.cost(taken).values()),
    )  # fmt: skip


def choose(found: Sequence[Measured]) -> Measured | None:
    """Only one that is WITHIN; of equally cheap ones the largest. None where there is none."""
    able = [one for one in found if one.standing is Standing.WITHIN]
    return min(able, key=lambda one: (one.micro_per_million, -one.memory_mb), default=None)


def maybe_cheaper(found: Sequence[Measured], best: Measured | None) -> tuple[Measured, ...]:
    """What more requests may find to be within the budget and cheaper than the best."""
    return tuple(
        one
        for one in found
        if one.standing is Standing.UNDECIDED
        and one.micro_per_million is not None
        and (best is None or best.micro_per_million is None or one.micro_per_million < best.micro_per_million)
    )


def _standing(tried: Tried, budget_ms: float) -> tuple[Standing, str]:
    if tried.failed:
        return Standing.FAILED, tried.failed
    if tried.over:
        return Standing.OVER, f"its p99 is surely over {budget_ms:g} ms after {len(tried.warm)} requests"
    high = upper_bound(tried.durations, QUANTILE, ALPHA)
    if high is not None and high <= budget_ms:
        return Standing.WITHIN, f"its p99 is at most {high:g} ms, with {1 - ALPHA:.0%} confidence"
    late = sum(one > budget_ms for one in tried.durations)
    return Standing.UNDECIDED, f"{late} of {len(tried.warm)} requests were over {budget_ms:g} ms: more would tell"
