"""Is the derived model surely faster? By the ratio of its 99th percentile to its parent's, with what chance may have
done to it.

Both ran in turns, so the i-th runs are a pair. Pairs are drawn anew in blocks of 25 that lay next to each other, as a
machine that is busy stays so for a while: drawn one by one, they would seem to tell more than they do.

Source: Künsch 1989, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from serin.evidence.bootstrap import Floats, percentiles
from serin.evidence.evaluation import Latency
from serin.evidence.latency import summary

__all__ = ["Speed", "compared"]

_BLOCK = 25
_DRAWS, _AT_ONCE = 1000, 50
_SEED = 20_240_501


@dataclass(frozen=True)
class Speed:
    """`ratio` is p99 of the derived model by that of its parent, its 95 % interval from `low` to `high`."""

    batch: int
    before: Latency
    after: Latency
    ratio: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def compared(before: Sequence[int], after: Sequence[int], batch: int) -> Speed:
    """Of nanoseconds, run by run.

    >>> speed = compared([200, 220] * 250, [100, 110] * 250, 1)
    >>> speed.ratio, speed.low, speed.high
    (0.5, 0.5, 0.5)
    """
    pairs: Floats = np.array([before, after], np.float64)
    one, two = np.percentile(pairs, 99, axis=1)
    low, high = percentiles(_redrawn(pairs))
    return Speed(batch, summary(before, batch), summary(after, batch), float(two / one), low, high)


def _redrawn(pairs: Floats) -> Floats:
    """The ratio of each draw."""
    rng, runs = np.random.default_rng(_SEED), pairs.shape[1]
    block = max(1, min(_BLOCK, runs // 10))
    found = []
    for _ in range(_DRAWS // _AT_ONCE):
        starts = rng.integers(0, runs - block + 1, (_AT_ONCE, -(-runs // block)))
        places = (starts[:, :, None] + np.arange(block)).reshape(_AT_ONCE, -1)[:, :runs]
        one, two = np.percentile(pairs[:, places], 99, axis=2)
        found.append(two / one)
    return np.concatenate(found)
