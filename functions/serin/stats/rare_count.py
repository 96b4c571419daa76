"""From which count on is a number of events too large to be chance?"""

import math

__all__ = ["rare_count"]

_HALVINGS = 60


def rare_count(mean: float, chance: float) -> int:
    """A count that a Poisson variable of this mean, or less, reaches with at most this chance.

    Chernoff's bound (Mitzenmacher & Upfal 2017, theorem 5.4): P(X >= k) <= exp(k - mean) (mean / k)^k for k > mean;
    it holds for sums of independent events of any rates too. The count is a little larger than the exact quantile.

    >>> rare_count(10.0, 1e-9), rare_count(0.0, 1e-9)
    (37, 1)

    Raises ValueError unless mean >= 0 and 0 < chance < 1.
    """
    if not (0 <= mean < math.inf and 0 < chance < 1):
        raise ValueError(f"mean must not be negative and chance lie between 0 and 1, not {mean} and {chance}.")
    if mean == 0:
        return 1
    needed, low, high = -math.log(chance), mean, mean - 2 * math.log(chance) + 2 * math.sqrt(-mean * math.log(chance))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if middle * math.log(middle / mean) - (middle - mean) >= needed else (middle, high)
    return math.ceil(high)
