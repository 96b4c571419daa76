"""Where do the golden examples of two versions differ? Matched by their inputs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from serin.diff.change import Change, Kind, entry
from serin.diff.documents import compare
from serin.registry.canonical import canonical_json

__all__ = ["compare_golden"]


def compare_golden(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """An example is counted from 1: in the first version, or in the second where the first has none."""
    yield from compare(_without_examples(before), _without_examples(after))
    one, two = _by_inputs(before.get("examples", ())), _by_inputs(after.get("examples", ()))
    for key, (number, example) in one.items():
        path = entry("examples", number)
        if key in two:
            yield from compare(example, two[key][1], path)
        else:
            yield Change(path, Kind.REMOVED, example, None)
    for key, (number, example) in two.items():
        if key not in one:
            yield Change(entry("examples", number), Kind.ADDED, None, example)


def _without_examples(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "examples"}


def _by_inputs(examples: Sequence[Mapping[str, Any]]) -> dict[tuple[bytes, int], tuple[int, Mapping[str, Any]]]:
    """Equal inputs are told apart by their order."""
    found: dict[tuple[bytes, int], tuple[int, Mapping[str, Any]]] = {}
    for number, example in enumerate(examples, 1):
        inputs, turn = canonical_json(example.get("inputs")), 0
        while (inputs, turn) in found:
            turn += 1
        found[inputs, turn] = number, example
    return found
