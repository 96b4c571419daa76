"""Which value does the next of a row of like values exceed with at most this chance, given some that were seen?

By rank, if the values are exchangeable: the next one exceeds the (k+1)-th largest of B with a chance of (k+1)/(B+1).
Where B values are too few for that, the tail beyond u, the (k+1)-th largest of them, is taken as exponential; for k
excesses of mean b the next value, if it exceeds u at all, exceeds u + c b with the chance (1 + c/k)^-k. So

    bound = u + k b ((q)^(-1/k) - 1),   q = chance (B + 1) / (k + 1) < 1,   k = B / 4

which is exact for an exponential tail with its mean estimated, and lies too high for lighter ones, such as the largest
of any number of normal deviations; a tail that is heavier than exponential exceeds it more often.

Source: Vovk, Gammerman & Shafer 2005 (ranks); Lawless 1971, "A prediction problem concerning samples from the
exponential distribution"; Pickands 1975 for exponential excesses.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["LEAST", "prediction_bound"]

LEAST = 8
"""Values, below which nothing is said."""


def prediction_bound(values: npt.ArrayLike, chance: float) -> float | None:
    """None for fewer than eight values. Raises ValueError unless 0 < chance < 1.

    >>> prediction_bound(range(1, 100), 0.05), prediction_bound(range(1, 100), 0.0001) > 150, prediction_bound([1], 0.1)
    (95.0, True, None)
    """
    if not 0 < chance < 1:
        raise ValueError(f"chance must lie between 0 and 1, not {chance}.")
    falling = np.sort(np.asarray(values, np.float64))[::-1]
    if falling.size < LEAST:
        return None
    rank = int(chance * (falling.size + 1) + 1e-9)
    if rank:
        return float(falling[rank - 1])
    tail = falling.size // 4
    start = float(falling[tail])
    mean = float((falling[:tail] - start).mean())
    rarer = chance * (falling.size + 1) / (tail + 1)
    return start + tail * mean * (float(rarer ** (-1 / tail)) - 1)
