"""Who pays which part of a total? Whole micro-dollars that add up to it, whatever the weights."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeVar

__all__ = ["allocate"]

K = TypeVar("K", bound=Any)


def allocate(total: int, weights: Mapping[K, Fraction | int]) -> dict[K, int]:
    """Shares by the method of largest remainders with the Hare quota (Hamilton's method): each part gets the whole
    units of its exact share, and what is left goes, a unit each, to the largest remainders.

    The parts sum to the total, each is less than a unit away from its exact share, and a larger weight never gets less.
    Equal remainders go by the order of the keys, so the order in which they come changes nothing. Where all weights are
    zero, all are taken as equal. Raises ValueError for a negative total or weight, and for nobody to share it.

    Source: M. L. Balinski and H. P. Young, Fair Representation, 2nd ed. 2001, ch. 2 and appendix A.

    >>> allocate(100, {"a": 1, "b": 1, "c": 1})
    {'a': 34, 'b': 33, 'c': 33}
    """
    if not weights:
        raise ValueError("there is nobody to share a total")
    if total < 0 or min(weights.values()) < 0:
        raise ValueError("a total and its weights are not negative")
    whole = sum(weights.values(), Fraction(0))
    exact = {key: Fraction(total) * (weights[key] / whole if whole else Fraction(1, len(weights))) for key in weights}
    parts = {key: int(share) for key, share in exact.items()}
    ordered = sorted(sorted(exact), key=lambda key: parts[key] - exact[key])
    for key in ordered[: total - sum(parts.values())]:
        parts[key] += 1
    return parts
