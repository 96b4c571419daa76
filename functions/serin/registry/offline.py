"""What does a model say of the rows of a file? Run here, without a cloud, as the inference function would."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from serin.drift.calendar import Places
from serin.registry.agreement import is_matrix
from serin.registry.manifest import Feature
from serin.serving import session
from serin.serving.signature import Signature, TensorSpec
from serin.serving.tensors import DATATYPES, Array

__all__ = ["Layout", "as_read", "feeds_of", "layout_of", "run"]

_BATCH = 1024

Layout: TypeAlias = Mapping[str, tuple[str, int]]
"""By feature, the input and the column where it is; empty where each feature is an input of its own."""


def layout_of(features: Sequence[Feature], signature: Signature) -> dict[str, tuple[str, int]]:
    """Where the features of a matrix are."""
    if not is_matrix(signature, tuple(features)):
        return {}
    return {feature.name: (signature.inputs[0].name, column) for column, feature in enumerate(features)}


def as_read(column: Array, feature: str, layout: Layout, signature: Signature) -> Array:
    """As the model sees it, or an atom of the baseline would miss the same value in a request: 0.1 is another number in
    single precision. A whole number that is missing stays NaN."""
    tensor = layout[feature][0] if feature in layout else feature
    datatype = next(DATATYPES[spec.datatype] for spec in signature.inputs if spec.name == tensor)
    if column.dtype.kind == "O" or not (datatype.is_float or np.isfinite(column).all()):
        return column
    with np.errstate(over="ignore"):
        return column.astype(datatype.dtype)


def feeds_of(columns: Mapping[str, Array], layout: Layout, signature: Signature, chosen: Places) -> dict[str, Array]:
    """The chosen rows. Raises ValueError where they don't have the shapes of the inputs."""
    picked = {name: column[chosen] for name, column in columns.items()}
    if layout:
        spec = signature.inputs[0]
        return {spec.name: _typed(np.column_stack([picked[name] for name in layout]), spec)}
    shapes = {spec.name: (len(chosen), *spec.shape[1:]) for spec in signature.inputs}
    return {spec.name: _typed(picked[spec.name], spec).reshape(shapes[spec.name]) for spec in signature.inputs}


def _typed(values: Array, spec: TensorSpec) -> Array:
    """Raises ValueError for a value that is missing where the type has none for it."""
    dtype = DATATYPES[spec.datatype].dtype
    numbers = values.dtype.kind == "f"
    if dtype.kind not in "fO" and numbers and not np.isfinite(values).all():
        raise ValueError(f"the input '{spec.name}' is {spec.datatype}, but some of its values are missing")
    if dtype.kind == "O" and (numbers or any(value is None for value in values.ravel())):
        raise ValueError(f"the input '{spec.name}' takes strings, but some of its values are missing")
    return values.astype(dtype)


def run(artifact: bytes, feeds: Mapping[str, Array], signature: Signature) -> dict[str, Array]:
    """The outputs that have one entry a row. Raises whatever the model raises."""
    model = session.load(artifact)
    names = [spec.name for spec in signature.outputs]
    fixed = max((spec.shape[0] for spec in signature.inputs if spec.shape), default=-1)
    rows = len(next(iter(feeds.values())))
    size = fixed if fixed > 0 else _BATCH
    found: dict[str, list[Array]] = {name: [] for name in names}
    for at in range(0, rows - rows % fixed if fixed > 0 else rows, size):
        batch = {name: values[at : at + size] for name, values in feeds.items()}
        outputs = model.run(names, batch)
        taken = len(next(iter(batch.values())))
        for name, output in zip(names, outputs, strict=True):
            if np.ndim(output) and len(output) == taken:
                found[name].append(output)
    return {name: np.concatenate(parts) for name, parts in found.items() if parts}
