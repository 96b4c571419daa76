"""What can be watched of rows with thousands of values (an image, an embedding)? A few numbers for each row:

    norm = sqrt(sum x^2)    mean = sum x / d    spread = sqrt(sum (x - mean)^2 / d)
    projection = sum of s_i x_i / sqrt(m)   over m = max(256, sqrt(d)) places, drawn with signs s_i of -1 or 1

The places are the same for every row of this length. Whatever changes the cloud of points changes most of its shadows.

Source: Li, Hastie & Church 2006, "Very sparse random projections"; Cramér & Wold 1936: all shadows determine the cloud.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from serin.stats.numeric_bins import Floats

__all__ = ["SUMMARIES", "row_summaries"]

_PROJECTIONS = 8
SUMMARIES = ("norm", "mean", "spread", *(f"projection{number}" for number in range(1, _PROJECTIONS + 1)))
_AT_ONCE = 2**20


def row_summaries(rows: npt.ArrayLike, seed: int = 0) -> Floats:
    """One line for each of SUMMARIES, one column for each row.

    >>> dict(zip(SUMMARIES, row_summaries([[3.0, 4.0]])[:3, 0].tolist()))
    {'norm': 5.0, 'mean': 3.5, 'spread': 0.5}
    """
    values = np.asarray(rows)
    step = max(1, _AT_ONCE // values.shape[1])
    parts = [_summaries(values[at : at + step].astype(np.float64), seed) for at in range(0, len(values), step)]
    return np.concatenate(parts, axis=1) if parts else np.empty((len(SUMMARIES), 0))


def _summaries(rows: Floats, seed: int) -> Floats:
    places, signs = _directions(rows.shape[1], seed)
    with np.errstate(invalid="ignore", over="ignore"):
        norm = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        shadows = [np.einsum("ij,j->i", rows[:, place], sign) for place, sign in zip(places, signs, strict=True)]
        return np.array([norm, rows.mean(axis=1), rows.std(axis=1), *shadows])


@lru_cache(maxsize=16)
def _directions(size: int, seed: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """From a bit generator's own output, which numpy promises never to change (a Generator's may)."""
    drawn = max(256, math.isqrt(size))
    bits = np.random.PCG64(seed).random_raw(_PROJECTIONS * drawn).reshape(_PROJECTIONS, drawn)
    signs = np.where(bits >> np.uint64(63), 1.0, -1.0) / math.sqrt(drawn)
    return (bits % np.uint64(size)).astype(np.int64), signs
