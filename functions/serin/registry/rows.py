"""From rows as a person writes them, {"feature": value}, to an Open Inference Protocol request."""

from collections.abc import Mapping, Sequence
from typing import Any

from serin.errors import InvalidInput
from serin.registry.agreement import is_matrix
from serin.registry.manifest import Feature, features_of
from serin.serving.signature import Signature

__all__ = ["is_request", "request_of_rows"]


def is_request(document: Any) -> bool:
    """Is it a request already, rather than rows?"""
    inputs = document.get("inputs") if isinstance(document, Mapping) else None
    return isinstance(inputs, list) and all(isinstance(entry, Mapping) and "datatype" in entry for entry in inputs)


def request_of_rows(document: Any, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """One row or a list of rows, put in the manifest's order. Raises InvalidInput, naming row and feature."""
    rows = document if isinstance(document, list) else [document]
    if not rows:
        raise InvalidInput("There is no row: give an object, or a list of objects.")
    features, signature = features_of(dict(manifest)), Signature.from_dict(manifest["signature"])
    columns = _columns(rows, features)
    if is_matrix(signature, features):
        spec = signature.inputs[0]
        data = [value for row in zip(*columns.values(), strict=True) for value in row]
        return {"inputs": [_tensor(spec.name, spec.datatype, [len(rows), len(features)], data)]}
    return {
        "inputs": [
            _tensor(spec.name, spec.datatype, [len(rows), *spec.shape[1:]], columns[spec.name])
            for spec in signature.inputs
        ]
    }


def _columns(rows: Sequence[Any], features: Sequence[Feature]) -> dict[str, list[Any]]:
    names = [feature.name for feature in features]
    optional = {feature.name for feature in features if feature.nullable}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise InvalidInput(f"Row {number} is not an object: write {{{names[0]!r}: value, …}}.")
        if missing := [name for name in names if name not in row and name not in optional]:
            raise InvalidInput(f"Row {number} lacks {', '.join(missing)}: the model reads {', '.join(names)}.")
        if unknown := sorted(set(row) - set(names)):
            raise InvalidInput(
                f"Row {number} has the unknown feature {unknown[0]!r}: the model reads {', '.join(names)}."
            )
    return {name: [row.get(name) for row in rows] for name in names}


def _tensor(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}
