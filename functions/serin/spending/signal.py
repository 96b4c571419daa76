"""What can be seen of an endpoint's spend, and what are the alarms called that tell of it?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from serin.registry.endpoints import Endpoint

__all__ = ["RUNAWAY", "Runaway", "Signal", "Source", "SpendAlarm", "Spent", "Word", "about"]

RUNAWAY = "runaway"
_NAME = re.compile(
    r"serin-(?P<stage>[a-z0-9-]+)-spend\.(?P<kind>80|90|100|runaway)\.(?P<source>model|team)\.(?P<name>.+)"
)


class Source(StrEnum):
    """Whose budget: the endpoint's own, or that of its team, which grades all of the team's endpoints."""

    MODEL = "model"
    TEAM = "team"


@dataclass(frozen=True)
class Spent:
    """So many whole percent of the month's budget were used at that time."""

    source: Source
    percent: int
    at: datetime


@dataclass(frozen=True)
class Runaway:
    """More requests a minute than anybody meant to send."""

    at: datetime
    said: str = ""


Signal = Spent | Runaway


@dataclass(frozen=True)
class Word:
    """A signal, and which model or team it is about."""

    source: Source
    name: str
    signal: Signal


def about(endpoint: Endpoint, words: Iterable[Word]) -> tuple[Signal, ...]:
    names = {(Source.MODEL, endpoint.model), (Source.TEAM, endpoint.team)}
    return tuple(word.signal for word in words if (word.source, word.name) in names)


@dataclass(frozen=True)
class SpendAlarm:
    """`serin-dev-spend.90.model.churn`; `kind` is a percentage or RUNAWAY.

    No dot after the stage, and no number or `live` as the third part: what wakes the rollback and what it reads as
    an alarm of its own (serin.rollout.cliffs.AlarmName) is never one of these, and the other way round.
    """

    stage: str
    kind: str
    source: Source
    name: str

    def __str__(self) -> str:
        return f"{self.prefix(self.stage)}{self.kind}.{self.source}.{self.name}"

    @staticmethod
    def prefix(stage: str) -> str:
        return f"serin-{stage}-spend."

    @classmethod
    def parse(cls, text: str) -> "SpendAlarm | None":
        """None for an alarm of somebody else.

        >>> SpendAlarm.parse("serin-dev-spend.runaway.model.churn")
        SpendAlarm(stage='dev', kind='runaway', source=<Source.MODEL: 'model'>, name='churn')
        """
        found = _NAME.fullmatch(text)
        return cls(found["stage"], found["kind"], Source(found["source"]), found["name"]) if found else None

    def word(self, at: datetime, said: str = "") -> Word:
        """What it tells when it is red."""
        signal = Runaway(at, said) if self.kind == RUNAWAY else Spent(self.source, int(self.kind), at)
        return Word(self.source, self.name, signal)
