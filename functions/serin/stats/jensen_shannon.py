"""How well could one tell from a single value which of two distributions it came from?

    JS = sqrt( (KL(p, m) + KL(q, m)) / 2 ),  m = (p + q) / 2,  KL(p, m) = sum of p log2(p / m)

A distance from 0 (the same) to 1 (nothing in common), over all slots: missing and infinite values are a place too.
Slots can only hide differences, so it is never too large.

Source: Lin 1991, "Divergence measures based on the Shannon entropy"; Endres & Schindelin 2003 for the root.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["jensen_shannon"]


def jensen_shannon(one: npt.ArrayLike, other: npt.ArrayLike) -> float | None:
    """Of two sketches' counts; None where one side has none. Raises ValueError for counts that differ in number.

    >>> jensen_shannon([10, 0], [0, 10]), jensen_shannon([1, 3], [2, 6])
    (1.0, 0.0)
    """
    p, q = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if p.shape != q.shape:
        raise ValueError("Only counts in the same bins can be compared.")
    if not p.sum() or not q.sum():
        return None
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    # Rounding must not take the root of less than nothing.
    return float(np.sqrt(max(0.0, (_divergence(p, middle) + _divergence(q, middle)) / 2)))


def _divergence(p: npt.NDArray[np.float64], q: npt.NDArray[np.float64]) -> float:
    some = p > 0
    return float(np.sum(p[some] * np.log2(p[some] / q[some])))
