"""What a rollout asks of the cloud, in its own words, and who is asking."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from serin.registry.records import AuditEntry
from serin.rollout.release import Alias, Configuration, Release

__all__ = ["Functions", "Operator", "Releases"]


class Functions(Protocol):
    """Lambda functions. Whatever takes a revision raises Conflict when it is no longer the current one."""

    def configuration(self, function: str, version: str = "$LATEST") -> Configuration: ...

    def set_environment(
        self, function: str, environment: dict[str, str], revision: str | None, memory_mb: int | None = None
    ) -> None:
        """Of $LATEST, and its memory with it in one step, where that is given."""

    def publish(self, function: str, latest: Configuration, description: str) -> str:
        """The new version's number, or the last one's when nothing changed since."""

    def alias(self, function: str, name: str) -> Alias: ...

    def move_alias(self, function: str, name: str, to: Alias) -> None:
        """Version and weights in one step; `to.revision` is the one that was read."""

    def invoke(self, function: str, version: str, event: dict[str, Any]) -> dict[str, Any]:
        """The function's answer; raise SmokeFailed when it crashed instead of answering."""


class Releases(Protocol):
    """The release records and the audit trail of one registry."""

    def all(self, model: str) -> tuple[Release, ...]: ...

    def add(self, release: Release, audit: AuditEntry) -> None:
        """Raise Conflict when the release is recorded already."""

    def audits(self, model: str, actions: tuple[str, ...]) -> tuple[AuditEntry, ...]:
        """Oldest first."""

    def record(self, audit: AuditEntry) -> None: ...


@dataclass(frozen=True)
class Operator:
    """Who moves `live`, with what, and why, where that was said."""

    actor: str
    functions: Functions
    releases: Releases
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    on_step: Callable[[str], None] = lambda _: None
    pause: Callable[[float], None] = time.sleep
    why: str = ""

    @property
    def reason(self) -> dict[str, str]:
        """For the details of an audit entry."""
        return {"reason": self.why} if self.why else {}
