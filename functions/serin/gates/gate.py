"""What a gate says of a version: pass, fail, or that there is not enough to tell, always with the reason in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Result", "Standing", "worst"]


class Standing(StrEnum):
    """In the order of worst."""

    PASS = "pass"  # noqa: S105 - no password
    INSUFFICIENT = "insufficient"
    FAIL = "fail"


_ORDER = tuple(Standing)


@dataclass(frozen=True)
class Result:
    """`next` is what to do about it, empty where it passes."""

    gate: str
    standing: Standing
    reason: str
    next: str = ""


def worst(results: Iterable[Result]) -> Standing:
    """Of no gates at all: nothing was proved.

    >>> worst([])
    <Standing.INSUFFICIENT: 'insufficient'>
    """
    return max((result.standing for result in results), key=_ORDER.index, default=Standing.INSUFFICIENT)
