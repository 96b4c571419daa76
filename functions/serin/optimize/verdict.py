"""Is a derived version worth to be registered? Only if it is surely faster, and surely answers as before."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from serin.diff.behaviour import ALPHA
from serin.optimize.golden import Moved
from serin.optimize.speed import Speed
from serin.stats.counts import Counts
from serin.stats.wilson import wilson_interval

__all__ = ["NO_WORSE", "Verdict", "decide", "rows_needed"]

NO_WORSE = 1.05
"""At batch sizes after the first, so far may the whole interval of the ratio of p99 reach."""


@dataclass(frozen=True)
class Verdict:
    """`against` says in sentences why it is not registered; with none it is."""

    against: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        return not self.against


def decide(speeds: Sequence[Speed], flips: Counts, golden: Moved, epsilon: float) -> Verdict:
    """The first of the batch sizes has to get faster, with the whole interval; none of the others may get slower by
    more than 5 %. `flips` are those of rows that were drawn."""
    return Verdict((*_of_speed(speeds), *_of_flips(flips, epsilon), *golden.otherwise[:3]))


def rows_needed(epsilon: float) -> int:
    """With how many rows, none of which flips, Wilson's upper limit is epsilon: z²(1 - ε)/ε.

    >>> rows_needed(0.001)
    3838
    """
    z = NormalDist().inv_cdf(1 - ALPHA / 2)
    return math.ceil(z * z * (1 - epsilon) / epsilon)


def _of_speed(speeds: Sequence[Speed]) -> Iterator[str]:
    for place, speed in enumerate(speeds):
        limit = NO_WORSE if place else 1.0
        if speed.high < limit:
            continue
        says = (
            f"p99 at batch {speed.batch} is {speed.before.p99:.4g} ms before and {speed.after.p99:.4g} ms after, "
            f"{speed.ratio:.3f} of it ({speed.low:.3f} to {speed.high:.3f})"
        )
        if speed.low > 1:
            yield f"it is slower: {says}"
        elif place:
            yield f"that it gets no slower is not shown: {says}, which reaches {limit} or more"
        else:
            yield f"that it gets faster is not shown: {says}; an idle machine tells more"


def _of_flips(flips: Counts, epsilon: float) -> Iterator[str]:
    interval = wilson_interval(flips, ALPHA)
    if interval.high <= epsilon:
        return
    says = f"{flips.bad:,} of {flips.total:,} rows flip, up to {interval.high:.3%}, and {epsilon:.3%} is allowed"
    needed = rows_needed(epsilon)
    if not flips.bad:
        yield f"that it answers alike is not shown: {says}; {needed:,} rows without a flip would tell"
    elif interval.low > epsilon:
        yield f"it answers otherwise: {says}"
    else:
        yield f"that it answers alike is not shown: {says}; more rows may tell"
