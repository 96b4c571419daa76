"""One place where two versions differ, by its path: `features[distance].type`, `graph.node[scale].attribute[axis]`."""

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Change", "Kind", "below", "entry"]

_PLAIN = re.compile(r"[\w-]+")


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Change:
    """`before` and `after` are values as JSON holds them, None where the place is not there; of what moved, places."""

    path: str
    kind: Kind
    before: Any = None
    after: Any = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def below(path: str, key: str) -> str:
    """The field `key` of what is at `path`.

    >>> below("hyperparameters", "max_depth"), below("libraries", "a.b")
    ('hyperparameters.max_depth', 'libraries[a.b]')
    """
    if not _PLAIN.fullmatch(key):
        return entry(path, key)
    return f"{path}.{key}" if path else key


def entry(path: str, name: object) -> str:
    """The entry of that name, or at that place, in the list at `path`."""
    return f"{path}[{name}]"
