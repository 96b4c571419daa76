"""Which node of one graph is which of another? By what nothing else shares first, then by their order."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, TypeAlias

__all__ = ["labels", "pairs"]

Key: TypeAlias = Callable[[Any], Hashable]

_UNIQUE: tuple[Key, ...] = (
    lambda node: node.SerializeToString(deterministic=True),
    lambda node: node.name and (node.name, node.op_type, tuple(node.output)),
    lambda node: any(node.output) and (node.op_type, tuple(node.output)),
    lambda node: node.name and (node.name, node.op_type),
    lambda node: any(node.output) and tuple(node.output),
    lambda node: node.name,
)
"""The surest first; a falsy key says nothing."""


def _attributes(node: Any) -> Hashable:
    return tuple(sorted(attribute.SerializeToString(deterministic=True) for attribute in node.attribute))


_ALIGNED: tuple[Key, ...] = (
    lambda node: (node.domain, node.op_type, len(node.input), _attributes(node)),
    lambda node: (node.domain, node.op_type),
)


def pairs(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[int, int]]:
    """Places in the one and the other. Whoever is in no pair was removed, or added."""
    found: list[tuple[int, int]] = []
    one, two = list(range(len(before))), list(range(len(after)))
    matches = [(_shared, key) for key in _UNIQUE] + [(_in_order, key) for key in _ALIGNED]
    for match, key in matches:
        if not one or not two:
            break
        keys = [key(before[place]) for place in one], [key(after[place]) for place in two]
        new = [(one[a], two[b]) for a, b in match(*keys)]
        found += new
        gone, there = {a for a, _ in new}, {b for _, b in new}
        one, two = [place for place in one if place not in gone], [place for place in two if place not in there]
    return sorted(found)


def labels(nodes: Sequence[Any]) -> list[str]:
    """A name for each that no other has: its own, else its first output, else its operator with its place."""
    names = Counter(node.name for node in nodes)
    return [_label(node, place, unique=names[node.name] == 1) for place, node in enumerate(nodes)]


def _label(node: Any, place: int, *, unique: bool) -> str:
    if node.name and unique:
        return str(node.name)
    return str(next(filter(None, node.output), f"{node.op_type} {place}"))


def _shared(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """Where a key is there once in both."""
    one, two = Counter(before), Counter(after)
    places = {key: place for place, key in enumerate(after)}
    for place, key in enumerate(before):
        if key and one[key] == 1 and two[key] == 1:
            yield place, places[key]


def _in_order(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    # SequenceMatcher(a, b) and (b, a) may differ: one order for both makes diff(a, b) the mirror of diff(b, a).
    swapped = repr(before) > repr(after)
    one, two = (after, before) if swapped else (before, after)
    for a, b, size in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks():
        for step in range(size):
            yield (b + step, a + step) if swapped else (a + step, b + step)
