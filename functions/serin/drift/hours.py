"""How does a day come to have one object per hour? Loose objects are added to their hour's, which is then put anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from serin.drift.baseline import Baseline
from serin.drift.compaction import compact
from serin.drift.window import WindowSketch
from serin.errors import InvalidInput

__all__ = ["Hour", "Hours", "compact_hour"]

_WHOLE = "the hour's own object"
_ROUNDS = 100


@dataclass(frozen=True)
class Hour:
    """`tag` is that of the whole object, None where there is none yet."""

    loose: Mapping[str, bytes]
    whole: bytes | None = None
    tag: str | None = None


class Hours(Protocol):
    """The objects of one model version's hours."""

    def read(self, hour: str) -> Hour:
        """Some of the loose objects, as many as fit into memory, and the whole one."""

    def put(self, hour: str, data: bytes, tag: str | None) -> None:
        """Raises Conflict where the whole object is not the one of this tag any more."""

    def delete(self, names: list[str]) -> None: ...


def compact_hour(hours: Hours, hour: str, baseline: Baseline) -> dict[str, str]:
    """What was skipped, and why, by name: it stays where it is, for people to look at.

    The sum is put before its parts go. Who dies in between leaves parts that are counted already: they say which they
    are, and go the next time.
    """
    skipped: dict[str, str] = {}
    for _ in range(_ROUNDS):
        found = hours.read(hour)
        loose = {name: data for name, data in found.loose.items() if name not in skipped}
        if not loose:
            break
        objects = loose if found.whole is None else {**loose, _WHOLE: found.whole}
        total = compact(objects, baseline)
        if total.window is None or (found.whole is not None and _WHOLE not in total.used):
            return skipped | dict(total.skipped)
        if set(total.used) - {_WHOLE}:
            hours.put(hour, total.window.to_bytes(), found.tag)
        counted = [name for name, data in loose.items() if _is_counted(data, total.window, baseline)]
        hours.delete(counted)
        skipped |= {name: why for name, why in total.skipped.items() if name not in counted}
    return skipped


def _is_counted(data: bytes, total: WindowSketch, baseline: Baseline) -> bool:
    try:
        return WindowSketch.from_bytes(data, baseline).parts <= total.parts
    except InvalidInput:
        return False
