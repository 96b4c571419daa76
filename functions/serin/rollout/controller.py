"""What does a controller work with? Each port asks for the least that a rollout needs, in a rollout's own words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from serin.registry.endpoints import Endpoint
from serin.registry.notice import Notice
from serin.registry.records import AuditEntry
from serin.rollout.cliffs import Cliff
from serin.rollout.evidence import Alarm, Command, Window
from serin.rollout.kpi import Kpi
from serin.rollout.ports import Operator
from serin.rollout.slices import Slice
from serin.rollout.state import Rollout
from serin.serving.golden import Golden

__all__ = ["Alarms", "Controller", "Measures", "Notices", "Rollouts", "Stored", "Worth"]


@dataclass(frozen=True)
class Stored:
    """A rollout as it was read; `revision` tells whether it still is so."""

    rollout: Rollout
    revision: int


class Rollouts(Protocol):
    """The rollout records of one registry. At most one of a model is active: it holds the model's lock."""

    def active(self, model: str) -> Stored | None: ...

    def all(self, model: str) -> tuple[Rollout, ...]:
        """Oldest first."""

    def start(self, rollout: Rollout, audit: AuditEntry) -> None:
        """Raises Conflict when another one is active."""

    def save(self, stored: Stored, rollout: Rollout, audits: Iterable[AuditEntry], *, over: bool = False) -> Stored:
        """All together; `over` gives the lock back. Raises Conflict when it was changed since it was read."""

    def commands(self, rollout: Rollout) -> tuple[Command, ...]: ...

    def command(self, rollout: Rollout, command: Command, audit: AuditEntry) -> None:
        """Raises Conflict when this rollout is not the active one any more."""


class Measures(Protocol):
    """What both releases counted."""

    def windows(self, endpoint: Endpoint, rollout: Rollout, now: datetime) -> tuple[Window, ...]:
        """Of fixed length, all that ended long enough ago to be complete; those without requests are not there."""


class Worth(Protocol):
    """What both releases' predictions turned out to be worth."""

    def slices(self, endpoint: Endpoint, rollout: Rollout, kpi: Kpi, now: datetime) -> tuple[Slice, ...]:
        """Each with all of its outcomes so far, cut where weights changed. Some may be left out until a later look."""


class Alarms(Protocol):
    """The alarms of one endpoint and of its candidates."""

    def states(self, endpoint: Endpoint) -> tuple[Alarm, ...]: ...

    def put(self, endpoint: Endpoint, cliff: Cliff) -> None: ...

    def delete(self, names: Iterable[str]) -> None: ...


class Notices(Protocol):
    """Where people and programs hear what happened. May be told twice."""

    def tell(self, endpoint: Endpoint, notice: Notice) -> None: ...


@dataclass(frozen=True)
class Controller:
    """`golden` gives the stored examples of a model version."""

    operator: Operator
    rollouts: Rollouts
    measures: Measures
    alarms: Alarms
    notices: Notices
    golden: Callable[[Endpoint, int], Golden]
    worth: Worth
