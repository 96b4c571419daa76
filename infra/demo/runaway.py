"""How long did a client run away before it was stopped? From what it saw, and what alarm and guard wrote down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.demo.live_traffic import Fate
from serin.errors import NotFound

__all__ = ["STOPPED", "Runaway", "runaway"]

STOPPED = "503"


@dataclass(frozen=True)
class Runaway:
    """Began: its first request was sent. Alarm: it went red. Stopped: the guard decided. Refused: its first 503 came.

    `refusals` counts all of these, and `early` those that came before anything was stopped.
    """

    began: datetime
    alarm: datetime
    stopped: datetime
    refused: datetime
    sent: int
    refusals: int
    early: int

    @property
    def in_order(self) -> bool:
        """One led to the other."""
        return self.began <= self.alarm <= self.stopped <= self.refused

    def after(self, moment: datetime) -> float:
        """Seconds since it began."""
        return (moment - self.began).total_seconds()

    def to_dict(self) -> dict[str, Any]:
        return {
            "began_at": self.began.isoformat(),
            "seconds_to_alarm": round(self.after(self.alarm), 2),
            "seconds_to_stop": round(self.after(self.stopped), 2),
            "seconds_to_refusal": round(self.after(self.refused), 2),
            "sent": self.sent,
            "refused": self.refusals,
        }


def runaway(fates: Sequence[Fate], alarm: datetime, stopped: datetime) -> Runaway:
    """Raises NotFound when nothing was ever refused."""
    refused = [datetime.fromtimestamp(fate.answered, UTC) for fate in fates if fate.status == STOPPED]
    if not refused:
        raise NotFound("the runaway client was never refused")
    return Runaway(
        began=datetime.fromtimestamp(min(fate.sent for fate in fates), UTC),
        alarm=alarm,
        stopped=stopped,
        refused=min(refused),
        sent=len(fates),
        refusals=len(refused),
        early=sum(at < stopped for at in refused),
    )
