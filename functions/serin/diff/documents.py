"""Where do two JSON documents differ? Fields by name, entries that have a name by it, everything else by its value."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from serin.diff.change import Change, Kind, below, entry
from serin.registry.canonical import canonical_json

__all__ = ["compare", "compare_named", "same"]


def compare(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Nothing where they are equal as JSON; 1, 1.0 and true are different."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from _field(before, after, key, below(path, key))
    elif _is_named(before) and _is_named(after) and (before or after):
        yield from compare_named(before, after, path)
    elif not same(before, after):
        yield Change(path, Kind.CHANGED, before, after)


def compare_named(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Change]:
    """Entries by their `name`; those that are in both, but in another order, have moved."""
    one, two = ({item["name"]: item for item in items} for items in (before, after))
    for name in dict.fromkeys((*one, *two)):
        yield from _field(one, two, name, entry(path, name))
    yield from _moved([name for name in one if name in two], [name for name in two if name in one], path)


def same(before: Any, after: Any) -> bool:
    return canonical_json(before) == canonical_json(after)


def _field(before: Mapping[str, Any], after: Mapping[str, Any], key: str, path: str) -> Iterator[Change]:
    if key not in before:
        yield Change(path, Kind.ADDED, None, after[key])
    elif key not in after:
        yield Change(path, Kind.REMOVED, before[key], None)
    else:
        yield from compare(before[key], after[key], path)


def _moved(before: Sequence[str], after: Sequence[str], path: str) -> Iterator[Change]:
    """The places, counted from 1, among those that are in both."""
    for place, name in enumerate(before):
        if after[place] != name:
            yield Change(entry(path, name), Kind.MOVED, place + 1, after.index(name) + 1)


def _is_named(items: Any) -> bool:
    """A list of tables, each with a name of its own."""
    if not isinstance(items, list) or not all(isinstance(item, Mapping) and "name" in item for item in items):
        return False
    names = [item["name"] for item in items]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
