"""How far is a review? Waiting, in somebody's hands for a while, or decided; what changes of it, in one record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, TypeAlias

from serin.registry.records import timestamp
from serin.review.item import Item

__all__ = ["Case", "Decision", "Outcome", "State"]

Outcome: TypeAlias = int | float | str | bool


class State(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DECIDED = "decided"


@dataclass(frozen=True)
class Decision:
    """What somebody found, in the form of an outcome. `at` is when they said so."""

    by: str
    at: datetime
    outcome: Outcome
    kpi: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Case:
    """`holder` has it until `until`; `told` says whether the owners know that it is late.

    `revision` is that of the record, 0 once it is closed: nothing changes after the outcome has come back.
    """

    id: str
    model: str
    version: int
    confidence: float
    at: datetime
    deadline: datetime
    holder: str = ""
    until: datetime | None = None
    told: bool = False
    decision: Decision | None = None
    revision: int = 0

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(item.id, item.model, item.version, item.confidence, item.at, item.deadline)

    def state(self, now: datetime) -> State:
        if self.decision is not None:
            return State.DECIDED
        return State.TAKEN if self.until is not None and now < self.until else State.OPEN

    def is_overdue(self, now: datetime) -> bool:
        """Its deadline has passed, and nobody has decided."""
        return self.decision is None and now > self.deadline

    def to_dict(self) -> dict[str, Any]:
        document = asdict(self) | {"at": timestamp(self.at), "deadline": timestamp(self.deadline)}
        document["until"] = timestamp(self.until) if self.until else None
        if self.decision:
            document["decision"] |= {"at": timestamp(self.decision.at)}
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        decided, until = document["decision"], document["until"]
        times = {name: datetime.fromisoformat(document[name]) for name in ("at", "deadline")}
        decision = Decision(**{**decided, "at": datetime.fromisoformat(decided["at"])}) if decided else None
        until = datetime.fromisoformat(until) if until else None
        return cls(**{**document, **times, "until": until, "decision": decision})
