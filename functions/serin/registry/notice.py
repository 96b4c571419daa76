"""What is told of an endpoint, to which of its owners, and to which programs."""

from dataclasses import dataclass
from typing import Any

__all__ = ["APPROVER", "COMMUNICATOR", "WATCHER", "Event", "Notice"]

WATCHER, APPROVER, COMMUNICATOR = "watcher", "approver", "communicator"


@dataclass(frozen=True)
class Event:
    """For programs: the detail type by which rules find it, and the detail."""

    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Notice:
    """`roles` is empty where nobody need read it, `event` is None where no program need hear of it.

    `id` is the same when the same thing is told again.
    """

    id: str
    roles: tuple[str, ...]
    subject: str
    message: str
    event: Event | None = None
