"""What is counted of each group, once it is known in which of them each row is?"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from serin.fairness.metrics import Answered, Classified, Counts, Estimated
from serin.fairness.subgroups import Codes
from serin.stats.mixture import Array

__all__ = ["CountBy", "answered", "classified", "estimated"]

CountBy: TypeAlias = Callable[[Codes, int], list[Counts]]
"""Given each row's group, and how many groups there are."""


def classified(outcome: Array, score: Array, decision: Any) -> CountBy:
    positive = outcome > 0.5
    parts = [one.astype(np.float64) for one in (positive, decision, positive & decision)]

    def count(codes: Codes, n: int) -> list[Counts]:
        whole = (_whole(one, codes, n) for one in parts)
        return list(map(Classified, _sizes(codes, n), *whole, _sums(score, codes, n)))

    return count


def answered(wrong: Any) -> CountBy:
    missed = np.asarray(wrong, np.float64)

    def count(codes: Codes, n: int) -> list[Counts]:
        return list(map(Answered, _sizes(codes, n), _whole(missed, codes, n)))

    return count


def estimated(outcome: Array, score: Array) -> CountBy:
    residual = score - outcome
    parts = (residual, residual * residual, np.abs(residual))

    def count(codes: Codes, n: int) -> list[Counts]:
        return list(map(Estimated, _sizes(codes, n), *(_sums(one, codes, n) for one in parts)))

    return count


def _sizes(codes: Codes, n: int) -> list[int]:
    return [int(rows) for rows in np.bincount(codes, minlength=n)]


def _whole(values: Array, codes: Codes, n: int) -> list[int]:
    return [round(total) for total in _sums(values, codes, n)]


def _sums(values: Array, codes: Codes, n: int) -> list[float]:
    return [float(total) for total in np.bincount(codes, weights=values, minlength=n)]
