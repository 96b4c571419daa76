"""Temporary versions of a function, one for each memory setting to try: published, and removed, whatever happens.

$LATEST is changed only while they are published, each time on the condition that nobody else has changed it since, and
then set back. Who dies in between leaves a mark there (see `trial`) and versions that say what they are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from serin.errors import Conflict, NotReady, SerinError
from serin.registry.endpoints import Endpoint
from serin.registry.records import VersionRecord
from serin.registry.ulid import ulid
from serin.rollout.holdings import Published
from serin.rollout.ports import Operator
from serin.rollout.publish import active, change, settled
from serin.rollout.release import environment_of
from serin.rollout.trial import MARK, described, on_trial, undone, wanted

__all__ = ["Trials", "Versions"]

_ATTEMPTS = 5


class Versions(Protocol):
    """What a function has published."""

    def published(self, function: str) -> Iterable[Published]: ...

    def delete(self, function: str, version: int) -> None:
        """What is gone already is no error."""


@dataclass(frozen=True)
class Trials:
    """Those of one endpoint. `on_failure` hears what could not be removed."""

    operator: Operator
    versions: Versions
    endpoint: Endpoint
    on_failure: Callable[[str], None] = lambda _: None

    def publish(self, version: VersionRecord, memory_mb: int) -> str:
        """What a deploy would publish now, but for its memory and for what it writes down. `restore` has to follow,
        also when this raises: Conflict, when somebody else changes the function meanwhile."""
        operator, endpoint = self.operator, self.endpoint
        latest = settled(operator, endpoint.function)
        before, release = undone(latest), wanted(latest, endpoint, environment_of(version))
        trial = on_trial(before, release, endpoint.stage, memory_mb, ulid(operator.now()))
        change(operator, endpoint, latest, trial)
        changed = settled(operator, endpoint.function)
        if changed.fingerprint != trial.fingerprint:
            raise Conflict(f"Somebody else changed {endpoint.function} meanwhile: see serin status, and tune again.")
        number = operator.functions.publish(endpoint.function, changed, described(str(version), memory_mb))
        operator.on_step(f"temporary release {number} has {memory_mb:,} MB")
        return number

    def restore(self) -> bool:
        """$LATEST as it was before; False where that is so already. Raises Conflict when others keep changing it."""
        for _ in range(_ATTEMPTS):
            latest = settled(self.operator, self.endpoint.function)
            if MARK not in latest.environment:
                return False
            try:
                change(self.operator, self.endpoint, latest, undone(latest))
            except Conflict as error:
                self.operator.on_step(f"somebody else changed the function meanwhile, looking again ({error})")
                continue
            settled(self.operator, self.endpoint.function)
            self.operator.on_step("$LATEST is again as it was")
            return True
        raise Conflict(f"{self.endpoint.function} kept changing: the next deploy undoes what tune did there.")

    def failure(self, number: str) -> str:
        """Why it can't be invoked; empty when it can."""
        try:
            active(self.operator, self.endpoint, number)
        except NotReady as error:
            return str(error)
        return ""

    def left(self) -> tuple[int, ...]:
        """Temporary versions that are there, whoever made them."""
        return tuple(one.number for one in self.versions.published(self.endpoint.function) if one.trial)

    def remove(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Those that are gone now: one that can't be removed keeps no other."""
        gone = []
        for number in numbers:
            try:
                self.versions.delete(self.endpoint.function, number)
            except SerinError as error:
                self.on_failure(f"temporary release {number} is still there, serin gc removes it ({error})")
            else:
                gone.append(number)
        return tuple(gone)
