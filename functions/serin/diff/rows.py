"""On which rows can two versions be compared? Golden examples and captured predictions, put into columns by feature."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from serin.diff.behaviour import Rows
from serin.diff.version import Version
from serin.errors import BadRequest
from serin.evidence.data import Data
from serin.registry.canonical import canonical_json
from serin.registry.manifest import Feature
from serin.registry.offline import layout_of
from serin.serving.tensors import Array

__all__ = ["CAPTURED", "GOLDEN", "captured_rows", "golden_rows"]

GOLDEN, CAPTURED = "golden examples", "captured rows"


def golden_rows(before: Version, after: Version) -> Rows:
    """Those of both whose features both versions read. Raises BadRequest where there are none."""
    needed = {feature.name for version in (before, after) for feature in version.features}
    known = {canonical_json(example["inputs"]) for example in before.golden.get("examples", ())}
    every = [*_examples(before), *_examples(after, known)]
    usable = [columns for columns in every if needed <= columns.keys()]
    if not usable:
        raise BadRequest("No golden example has the features of both versions.")
    columns = {name: _joined([one[name] for one in usable], name) for name in sorted(needed)}
    return _rows(GOLDEN, before, after, columns, drawn=False)


def captured_rows(before: Version, after: Version, found: Sequence[Mapping[str, Any]]) -> Rows:
    """From rows by feature, None for what is missing. Raises BadRequest where none has what both versions need."""
    features = {feature.name: feature for version in (before, after) for feature in version.features}
    needed = [
        one.name for version in (before, after) for one in version.features if not one.nullable
    ]  # a whole number or a text can't be missing
    usable = [row for row in found if all(row[name] is not None for name in needed)]
    if not usable:
        raise BadRequest("No captured row has all features of both versions.")
    columns = {name: _column([row[name] for row in usable], feature) for name, feature in features.items()}
    return _rows(CAPTURED, before, after, columns)


def _rows(source: str, before: Version, after: Version, columns: Mapping[str, Array], *, drawn: bool = True) -> Rows:
    size = len(next(iter(columns.values())))

    def read_by(version: Version) -> Data:
        return Data(source, "", size, {feature.name: columns[feature.name] for feature in version.features}, {})

    return Rows(source, read_by(before), read_by(after), drawn)


def _column(values: Sequence[Any], feature: Feature) -> Array:
    if feature.type == "string":
        return np.array(values, object)
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def _examples(version: Version, known: Collection[bytes] = ()) -> Iterator[dict[str, Array]]:
    """The columns of each example, by feature, without those whose inputs are known."""
    layout = layout_of(version.features, version.signature)
    for example in version.golden.get("examples", ()):
        if canonical_json(example["inputs"]) in known:
            continue
        tensors = {tensor["name"]: _tensor(tensor) for tensor in example["inputs"]}
        if not layout:
            yield tensors
        elif all(name in tensors for name, _ in layout.values()):
            yield {feature: tensors[name][:, column] for feature, (name, column) in layout.items()}


def _tensor(tensor: Mapping[str, Any]) -> Array:
    """A line a row."""
    values = _flat(tensor["data"])
    numbers = tensor["datatype"] != "BYTES"
    array = np.array([np.nan if value is None else value for value in values], np.float64 if numbers else object)
    return array.reshape(tensor["shape"][0] if tensor["shape"] else 1, -1)


def _flat(data: Any) -> list[Any]:
    found: list[Any] = []
    for value in data if isinstance(data, Iterable) and not isinstance(data, str) else (data,):
        found += _flat(value) if isinstance(value, list) else [value]
    return found


def _joined(parts: Sequence[Array], name: str) -> Array:
    """Raises BadRequest where one version has texts and the other numbers, or other widths."""
    lines = [part.reshape(len(part), -1) for part in parts]
    if len({(part.shape[1], part.dtype.kind) for part in lines}) > 1:
        raise BadRequest(f"The two versions read {name} in different forms.")
    whole = np.concatenate(lines)
    return whole[:, 0] if whole.shape[1] == 1 else whole
