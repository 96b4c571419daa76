"""Where is a rollout, what is to be done about `live`, and what was done before?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from serin.registry.records import timestamp

__all__ = ["Action", "Entry", "Phase"]


class Phase(StrEnum):
    """ROLLED_BACK took traffic away from the candidate again. ABORTED: a person ended it, or no traffic ever came."""

    SMOKE = "SMOKE"
    SHADOW = "SHADOW"
    CANARY = "CANARY"
    BAKE = "BAKE"
    DONE = "DONE"
    ROLLED_BACK = "ROLLED_BACK"
    ABORTED = "ABORTED"

    @property
    def ended(self) -> bool:
        return self in {Phase.DONE, Phase.ROLLED_BACK, Phase.ABORTED}


class Action(StrEnum):
    """What the controller does next; each may be done twice without harm.

    SET_WEIGHT, PROMOTE, ROLL_BACK and ABORT all mean: make `live` what `Rollout.wanted` says. LEAVE ends the rollout
    without touching `live`, for somebody else has moved it.
    """

    HOLD = "HOLD"
    MIRROR = "MIRROR"
    SET_WEIGHT = "SET_WEIGHT"
    PROMOTE = "PROMOTE"
    ROLL_BACK = "ROLL_BACK"
    FINISH = "FINISH"
    ABORT = "ABORT"
    LEAVE = "LEAVE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"


@dataclass(frozen=True)
class Entry:
    """One line of a rollout's history: what was decided, by whom, and why. `weight` is the candidate's from then on."""

    at: datetime
    action: Action
    phase: Phase
    weight: int
    by: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        named = {"action": self.action.value, "phase": self.phase.value, "by": self.by, "reason": self.reason}
        return {"at": timestamp(self.at), "weight": self.weight, **named}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            datetime.fromisoformat(document["at"]),
            Action(document["action"]),
            Phase(document["phase"]),
            int(document["weight"]),
            document["by"],
            document["reason"],
        )
