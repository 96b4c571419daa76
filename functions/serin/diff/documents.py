"""Where do two JSON documents differ? Fields by name, entries that have a name by it, everything else by its value."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from serin.diff.change import Change, Kind, below, entry
from serin.registry.canonical import canonical_json

__all__ = ["compare"]


def compare(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Nothing where they are equal as JSON; 1, 1.0 and true are different."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from _field(before, after, key, below(path, key))
    elif _is_named(before) and _is_named(after) and (before or after):
        yield from _by_name(before, after, path)
    elif _is_tables(before) and _is_tables(after):
        yield from _by_place(before, after, path)
    elif not _same(before, after):
        yield Change(path, Kind.CHANGED, before, after)


def _by_name(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Change]:
    """Entries by their `name`; those that are in both, but in another order, have moved."""
    one, two = ({item["name"]: item for item in items} for items in (before, after))
    for name in dict.fromkeys((*one, *two)):
        yield from _field(one, two, name, entry(path, name))
    yield from _moved([name for name in one if name in two], [name for name in two if name in one], path)


def _same(before: Any, after: Any) -> bool:
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


def _by_place(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Change]:
    """Tables without names, counted from 1."""
    for place, (one, two) in enumerate(zip_longest(before, after), 1):
        if one is None or two is None:
            yield Change(entry(path, place), Kind.ADDED if one is None else Kind.REMOVED, one, two)
        else:
            yield from compare(one, two, entry(path, place))


def _is_tables(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, Mapping) for item in items)


def _is_named(items: Any) -> bool:
    """Tables, each with a name of its own."""
    if not _is_tables(items):
        return False
    names = [item.get("name") for item in items]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
