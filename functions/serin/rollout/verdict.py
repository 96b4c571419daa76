"""What do we know of a candidate: that it harms, that it is safe, or neither yet?"""

from enum import StrEnum

__all__ = ["Verdict", "worst"]


class Verdict(StrEnum):
    """UNDECIDED is a value of its own: missing data is neither a pass nor a fail."""

    SAFE = "SAFE"
    UNDECIDED = "UNDECIDED"
    HARM = "HARM"


_ORDER = tuple(Verdict)


def worst(*verdicts: Verdict) -> Verdict:
    """The one that decides: any HARM, else any UNDECIDED, else SAFE. Nothing at all is UNDECIDED.

    >>> worst(Verdict.SAFE, Verdict.HARM, Verdict.UNDECIDED), worst(Verdict.SAFE), worst()
    (<Verdict.HARM: 'HARM'>, <Verdict.SAFE: 'SAFE'>, <Verdict.UNDECIDED: 'UNDECIDED'>)
    """
    return max(verdicts, key=_ORDER.index, default=Verdict.UNDECIDED)
