"""What became of every single request? Each is in exactly one column, and the columns add up to what was sent."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from infra.demo.live_traffic import Fate
from infra.demo.traffic import agrees

__all__ = ["Account", "account"]


@dataclass(frozen=True)
class Account:
    """`answered` counts by release all answers that came, right or not; `hurt` is what the faulty release failed.

    `errors` are those that nothing explains, with the requests that never came to an end.
    """

    sent: int
    answered: dict[int, int]
    mismatches: int
    hurt: int
    errors: int
    first_error: str | None
    p50_ms: float
    p99_ms: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON, whose keys are strings."""
        return asdict(self) | {"answered": {str(release): number for release, number in self.answered.items()}}


def account(
    fates: Sequence[Fate],
    sent: int,
    truths: Mapping[int, np.ndarray],
    is_hurt: Callable[[Fate], bool] = lambda _: False,
    logged: int = 0,
) -> Account:
    """`truths` gives by release what its version's own pipeline says of all rows, [rows, classes].

    An answer by a release that is not among them is an error, and so is each request that was hurt without the faulty
    release having `logged` it, or the other way round.
    """
    failed = [fate for fate in fates if fate.error is not None]
    hurt = [fate for fate in failed if is_hurt(fate)]
    known = [fate for fate in fates if fate.release in truths]
    answered = Counter(fate.release for fate in fates if fate.release is not None)
    unexplained = [fate.error or "" for fate in failed if not is_hurt(fate)]
    unexplained += [f"release {number} answered, which nobody deployed" for number in answered.keys() - truths.keys()]
    apart = f"{len(hurt)} requests failed as the fault would have it, and its release logged {logged}"
    unexplained += [apart] * abs(len(hurt) - logged)
    unexplained += ["a request came to no end"] * (sent - len(fates))
    p50, p99 = np.percentile([(fate.answered - fate.sent) * 1e3 for fate in fates], [50, 99]) if fates else (0.0, 0.0)
    return Account(
        sent=sent,
        answered=dict(sorted(answered.items())),
        mismatches=sum(not _right(fate, truths) for fate in known),
        hurt=len(hurt),
        errors=len(unexplained),
        first_error=next(iter(unexplained), None),
        p50_ms=round(float(p50), 3),
        p99_ms=round(float(p99), 3),
    )


def _right(fate: Fate, truths: Mapping[int, np.ndarray]) -> bool:
    assert fate.release is not None
    assert fate.probabilities is not None
    truth = truths[fate.release][fate.row : fate.row + 1]
    return bool(agrees(np.array([fate.label]), fate.probabilities[None], truth)[0])
