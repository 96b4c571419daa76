"""By how many standard errors may an average be off, if it is looked at as often as one likes while it grows?

    | mean_n - truth | <= f se_n at all n,   f^2 = 2 (1 + 1/(n r)) log( sqrt(n r + 1) / alpha )

with r so that it is narrowest at `tuned_for` values. It needs what the central limit theorem needs, so that it also
holds for figures that behave like averages, such as an AUC; with few values it is an approximation, not a guarantee.

Source: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2021, "Time-uniform central limit theory and asymptotic
confidence sequences", theorem 2.2 and appendix B.2 for the choice of r.
"""

import math

__all__ = ["anytime_factor"]


def anytime_factor(n: int, alpha: float, tuned_for: int = 2000) -> float:
    """Both sides together are left with a chance of at most alpha; infinite without values.

    >>> round(anytime_factor(2000, 0.05), 2), round(anytime_factor(200, 0.05), 2)
    (3.04, 3.86)

    Raises ValueError unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}.")
    if not n:
        return math.inf
    wanted = -2 * math.log(alpha)
    known = n * (wanted + math.log(wanted + 1)) / tuned_for
    return math.sqrt(2 * (1 + 1 / known) * math.log(math.sqrt(known + 1) / alpha))
