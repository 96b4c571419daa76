"""How many would have to be seen of a group, at the figure that was seen, to know it so well?"""

import numpy as np

from serin.stats.pairwise import Sample

__all__ = ["MOST", "rows_to_tell"]

MOST = 10**9
"""Beyond this nobody waits for it."""


def rows_to_tell(sample: Sample, r: float, half: float) -> int | None:
    """About the least n (at most one percent more) at which both limits at z = r are within `half` of the value.

    It grows as 1 / half^2 for rates in the middle, and as 1 / half for those at zero or one. None where it is beyond
    MOST, or nothing is known of the spread.

    >>> from serin.stats.proportion import Proportion
    >>> rows_to_tell(Proportion(20, 40), 3.0, 0.1), rows_to_tell(Proportion(0, 40), 3.0, 0.1)
    (230, 63)
    """
    if half <= 0 or not _within(sample, MOST, r, half):
        return None
    low, high = 0, 1
    while not _within(sample, high, r, half):
        low, high = high, 2 * high
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        low, high = (low, middle) if _within(sample, middle, r, half) else (middle, high)
    return high


def _within(sample: Sample, n: int, r: float, half: float) -> bool:
    wanted = sample.resized(n)
    if wanted.value is None:
        return False
    low, high = wanted.limits(np.array([r]))
    return bool(max(wanted.value - low[0], high[0] - wanted.value) <= half)
