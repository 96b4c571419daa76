"""How far has an endpoint gone through its month's budget? Four grades, of which the worst counts."""

from collections.abc import Iterable
from enum import StrEnum

__all__ = ["FROM", "Grade", "grade_of", "worst"]


class Grade(StrEnum):
    """In the order of worst. FRUGAL leaves out what clients do not see: capture, drift jobs. STOPPED serves nobody."""

    NORMAL = "NORMAL"
    NOTIFIED = "NOTIFIED"
    FRUGAL = "FRUGAL"
    STOPPED = "STOPPED"

    def reaches(self, other: "Grade") -> bool:
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER = tuple(Grade)
FROM = {Grade.NOTIFIED: 80, Grade.FRUGAL: 90, Grade.STOPPED: 100}
"""From which percentage of the budget on."""


def grade_of(used: int) -> Grade:
    """`used` in whole percent, rounded down.

    >>> grade_of(79), grade_of(90), grade_of(140)
    (<Grade.NORMAL: 'NORMAL'>, <Grade.FRUGAL: 'FRUGAL'>, <Grade.STOPPED: 'STOPPED'>)
    """
    return worst(grade for grade, percent in FROM.items() if used >= percent)


def worst(grades: Iterable[Grade]) -> Grade:
    """Of none at all NORMAL: without a budget nothing is held back."""
    return max(grades, key=_ORDER.index, default=Grade.NORMAL)
