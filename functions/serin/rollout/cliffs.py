"""Which alarms guard a candidate against a cliff, what are they called, and from which count on are they red?

A sequential test needs a look; an alarm needs ten seconds. Its threshold is a count that no good candidate reaches by
chance, so it catches only what is far worse; slopes are the tests' to find.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from serin.rollout.guardrails import ERRORS
from serin.rollout.state import Rollout
from serin.stats.rare_count import rare_count

__all__ = ["LIVE", "AlarmName", "Cliff", "CliffKind", "cliffs"]

LIVE = "live"
_CHANCE = 1e-9
_FEWEST = 5
_UNKNOWN = 50  # until a minute was counted: what five events mean depends on the traffic
_RUNG = 1.25
_NAME = re.compile(r"serin-(?P<stage>[a-z0-9-]+)\.(?P<model>[a-z0-9-]+)\.(?P<release>\d+|live)\.(?P<kind>[a-z]+)")


class CliffKind(StrEnum):
    """CRASHES are invocations that ended without an answer, FAILURES answers that say it was our fault."""

    CRASHES = "crashes"
    FAILURES = "failures"


@dataclass(frozen=True)
class AlarmName:
    """`serin-dev.churn.12.crashes`: of release 12; with `live` for the release, of the endpoint as a whole."""

    stage: str
    model: str
    release: str
    kind: str

    def __str__(self) -> str:
        return f"serin-{self.stage}.{self.model}.{self.release}.{self.kind}"

    @classmethod
    def parse(cls, name: str) -> "AlarmName | None":
        """None for an alarm of somebody else.

        >>> AlarmName.parse("serin-dev.churn.12.crashes")
        AlarmName(stage='dev', model='churn', release='12', kind='crashes')
        """
        found = _NAME.fullmatch(name)
        return cls(**found.groupdict()) if found else None

    def concerns(self, rollout: Rollout) -> bool:
        return self.model == rollout.model and self.release in {LIVE, str(rollout.candidate)}


@dataclass(frozen=True)
class Cliff:
    """Red when there are `threshold` events or more within `period_s` seconds."""

    name: AlarmName
    kind: CliffKind
    threshold: int
    period_s: int


def cliffs(rollout: Rollout, stage: str) -> tuple[Cliff, ...]:
    """None while the candidate has no traffic. AWS measures crashes by the minute, our own failures by the second."""
    if not rollout.weight or rollout.phase.ended:
        return ()
    periods = {CliffKind.CRASHES: 60, CliffKind.FAILURES: 10}
    return tuple(
        Cliff(AlarmName(stage, rollout.model, str(rollout.candidate), kind), kind, _threshold(rollout, period), period)
        for kind, period in periods.items()
    )


def _threshold(rollout: Rollout, period_s: int) -> int:
    """On a ladder, so that an alarm is not put anew with every breath of the traffic."""
    busiest = _busiest(rollout)
    if busiest is None:
        return _UNKNOWN
    expected = busiest * rollout.weight / 100 * period_s
    limit = next((watch.limit for watch in rollout.watches if watch.guardrail.name == ERRORS.name), ERRORS.ceiling)
    needed, rung = rare_count(expected * limit, _CHANCE), float(_FEWEST)
    while rung < needed:
        rung *= _RUNG
    return round(rung + 0.499)


def _busiest(rollout: Rollout) -> float | None:
    """Requests a second of both releases in the busiest window at hand; None where nothing was counted yet."""
    return max(
        (
            (arms.control.total + arms.candidate.total) / (window.end - window.start).total_seconds()
            for window in rollout.taken
            for arms in window.arms.values()
        ),
        default=None,
    )
