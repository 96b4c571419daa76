"""What is a mixture of bets worth, when each of them may be astronomically large or small?"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "crossed", "log_sum"]

Array = NDArray[np.float64]


def log_sum(log_values: Array) -> Array:
    """log of the sum of exp over the last axis, without overflow.

    >>> float(log_sum(np.array([1000.0, 1000.0])))
    1000.6931471805599
    """
    top = np.max(log_values, axis=-1, keepdims=True)
    return np.asarray(np.log(np.sum(np.exp(log_values - top), axis=-1)) + top[..., 0])


def crossed(log_peak: float, alpha: float) -> bool:
    """Did an e-process ever reach 1/alpha? Under the null its chance is at most alpha (Ville's inequality).

    >>> crossed(3.0, 0.05), crossed(2.9, 0.05)
    (True, False)

    Raises ValueError unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}.")
    return log_peak >= -float(np.log(alpha))
