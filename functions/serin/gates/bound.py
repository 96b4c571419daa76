"""Is a figure surely on the right side of a limit? Its whole interval has to be."""

import math
from dataclasses import dataclass

from serin.evidence.evaluation import Estimate
from serin.gates.gate import Standing

__all__ = ["Bound", "at_least", "at_most"]


@dataclass(frozen=True)
class Bound:
    """`rows` is about how many it would take to tell, where it can't be told: widths shrink with the root of rows."""

    standing: Standing
    rows: int | None = None


def at_most(estimate: Estimate, limit: float) -> Bound:
    """Passes where the high end is within the limit, fails where the low end is beyond it.

    >>> seen = Estimate(0.2, 0.1, 0.3, n=100)
    >>> [at_most(seen, limit).standing.value for limit in (0.3, 0.25, 0.05)]
    ['pass', 'insufficient', 'fail']
    >>> at_most(seen, 0.25).rows
    400
    """
    if estimate.high <= limit:
        return Bound(Standing.PASS)
    if estimate.low > limit:
        return Bound(Standing.FAIL)
    away = limit - estimate.value
    reach = estimate.high - estimate.value if away > 0 else estimate.value - estimate.low
    return Bound(Standing.INSUFFICIENT, _rows(estimate.n, reach / abs(away)) if away else None)


def at_least(estimate: Estimate, limit: float) -> Bound:
    """The other way round."""
    return at_most(Estimate(-estimate.value, -estimate.high, -estimate.low, estimate.n), -limit)


def _rows(n: int, times: float) -> int | None:
    """n times^2, to two figures; None where nobody waits for it."""
    wanted = n * times**2
    if not wanted < 1e9:
        return None
    unit = 10 ** max(0, math.floor(math.log10(wanted)) - 1) if wanted > 0 else 1
    return math.ceil(round(wanted / unit, 6)) * unit
