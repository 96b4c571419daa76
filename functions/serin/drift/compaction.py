"""How do the many small objects of an hour become one? By addition, each part once, in whatever order they are read."""

from collections.abc import Mapping
from dataclasses import dataclass

from serin.drift.baseline import Baseline
from serin.drift.window import WindowSketch
from serin.errors import InvalidInput

__all__ = ["Compacted", "compact"]


@dataclass(frozen=True)
class Compacted:
    """`window` is None where nothing could be used; `skipped` says why, by the object's name."""

    window: WindowSketch | None
    used: tuple[str, ...]
    skipped: Mapping[str, str]


def compact(objects: Mapping[str, bytes], baseline: Baseline) -> Compacted:
    """One window from the bytes of many, by name; earlier results of this may be among them.

    Of two that hold the same part the larger counts, so that a late object adds to an hour that was compacted before.
    The same objects always give the same bytes.
    """
    skipped: dict[str, str] = {}
    windows: dict[str, WindowSketch] = {}
    for name, data in objects.items():
        try:
            windows[name] = WindowSketch.from_bytes(data, baseline)
        except InvalidInput as error:
            skipped[name] = str(error)
    total: WindowSketch | None = None
    used = []
    for name in sorted(windows, key=lambda name: _rank(windows[name], objects[name], name)):
        one = windows[name]
        twice = one.parts & total.parts if total else frozenset()
        if twice:
            skipped[name] = f"{len(twice)} of its {len(one.parts)} parts are counted already, such as {min(twice)}"
            continue
        total = one if total is None else total + one
        used.append(name)
    return Compacted(total, tuple(sorted(used)), dict(sorted(skipped.items())))


def _rank(window: WindowSketch, data: bytes, name: str) -> tuple[int, int, bytes, str]:
    return -len(window.parts), -window.rows, data, name
