"""How many requests were there, and how many of them were bad?"""

from dataclasses import dataclass

import numpy as np

from serin.stats.mixture import Array

__all__ = ["Counts", "arrays"]


@dataclass(frozen=True)
class Counts:
    """Bad events among requests of one arm; adds up over sandboxes, minutes and steps.

    >>> Counts(2, 100) + Counts(1, 50)
    Counts(bad=3, total=150)

    Raises ValueError for negative counts and for more bad events than requests.
    """

    bad: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.bad <= self.total:
            raise ValueError(f"{self.bad} bad of {self.total} requests can't be: 0 <= bad <= total must hold.")

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.bad + other.bad, self.total + other.total)

    @property
    def rate(self) -> float | None:
        """None without requests: no traffic is not a rate of zero."""
        return self.bad / self.total if self.total else None


def arrays(control: Counts, candidate: Counts) -> tuple[Array, Array, Array, Array]:
    """As the steps over arrays take them: control's bad and total, the candidate's bad and total."""
    one, two, three, four = (
        np.asarray(float(count)) for count in (control.bad, control.total, candidate.bad, candidate.total)
    )
    return one, two, three, four
