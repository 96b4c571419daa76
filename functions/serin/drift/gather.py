"""What was seen in these hours? Objects are added up one by one, so that memory does not grow with their number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from serin.drift.baseline import Baseline
from serin.drift.window import WindowSketch
from serin.errors import InvalidInput, NotFound, Unavailable

__all__ = ["Gathered", "HourObjects", "gather"]

_ATTEMPTS = 5


class HourObjects(Protocol):
    """The objects of a model version by hour; an hour's name is its prefix."""

    def loose(self, hour: str) -> Sequence[str]:
        """Names of the small ones, as sandboxes wrote them."""

    def whole(self, hour: str) -> str:
        """The name of the one that the hour's small ones become, whether or not it is there."""

    def fetch(self, name: str) -> bytes:
        """Raises NotFound."""


@dataclass(frozen=True)
class Gathered:
    """`window` is None where nothing could be used; `skipped` says why, by the object's name."""

    window: WindowSketch | None
    objects: int = 0
    skipped: Mapping[str, str] = field(default_factory=dict)


def gather(objects: HourObjects, hours: Iterable[str], baseline: Baseline) -> Gathered:
    """All that can be read of these hours, each row once. Raises Unavailable for an hour that does not hold still."""
    total: WindowSketch | None = None
    read, skipped = 0, dict[str, str]()
    for hour in hours:
        found = _steady(objects, hour, baseline)
        total = _plus(total, found.window)
        read, skipped = read + found.objects, {**skipped, **found.skipped}
    return Gathered(total, read, skipped)


def _steady(objects: HourObjects, hour: str, baseline: Baseline) -> Gathered:
    """An object that goes while it is looked for was just added to the hour's own: then the hour is read anew."""
    for _ in range(_ATTEMPTS):
        try:
            return _added_up(objects, hour, baseline)
        except NotFound:
            continue
    raise Unavailable(f"the objects of {hour} change while they are read: run it again")


def _added_up(objects: HourObjects, hour: str, baseline: Baseline) -> Gathered:
    """Raises NotFound. The small ones are listed before the whole is read, so that none falls in between."""
    loose, whole = objects.loose(hour), objects.whole(hour)
    total: WindowSketch | None = None
    skipped: dict[str, str] = {}
    read = 0
    for name in (whole, *sorted(loose)):
        try:
            one = WindowSketch.from_bytes(objects.fetch(name), baseline)
        except NotFound:
            if name == whole:
                continue
            raise
        except InvalidInput as error:
            skipped[name] = str(error)
            continue
        twice = one.parts & total.parts if total else frozenset()
        if twice and not one.parts <= twice:
            skipped[name] = f"{len(twice)} of its {len(one.parts)} parts are counted already, such as {min(twice)}"
        if not twice:
            total, read = _plus(total, one), read + 1
    return Gathered(total, read, skipped)


def _plus(total: WindowSketch | None, one: WindowSketch | None) -> WindowSketch | None:
    return (total or one) if total is None or one is None else total + one
