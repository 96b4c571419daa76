"""What does the baseline look like, and what does the model say of it? Found out once, when a version is registered."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.calendar import Places
from serin.registry.agreement import is_matrix
from serin.registry.baseline import read_baseline, read_column
from serin.registry.folder import ModelFolder
from serin.registry.manifest import Manifest
from serin.registry.seasons import Material, seasons_of
from serin.serving import session
from serin.serving.confidence import confidence_output
from serin.serving.scores import score_output
from serin.serving.segments import Segments
from serin.serving.signature import Signature, TensorSpec
from serin.serving.tensors import DATATYPES, Array

__all__ = ["Sketched", "sketch_of"]

_MOST_ROWS = 20_000  # that the model is run on; the features are sketched over all
_BATCH = 1024


@dataclass(frozen=True)
class Sketched:
    """`sketch` is the document that serving counts by, None without a baseline; `seasons` the one for whoever watches,
    None where model.toml's [baseline] names neither a time nor an outcome."""

    sketch: bytes | None = None
    seasons: bytes | None = None
    warnings: tuple[str, ...] = ()


def sketch_of(folder: ModelFolder, manifest: Manifest, signature: Signature) -> Sketched:
    """Both documents, and what the owner should know about them.

    Raises InvalidModel for a baseline whose values are not of their features' types, or whose time is none.
    """
    if folder.baseline is None or folder.baseline_format is None:
        return Sketched()
    name = f"baseline.{folder.baseline_format}"
    columns = read_baseline(folder.baseline, folder.baseline_format, manifest.features)
    rows = len(next(iter(columns.values())))
    if not rows:
        return Sketched(warnings=(f"{name} has no rows: inputs and scores of this version can't be watched.",))
    layout = _layout(manifest, signature)
    columns = {feature: _as_read(column, feature, layout, signature) for feature, column in columns.items()}
    chosen = np.linspace(0, rows - 1, min(rows, _MOST_ROWS)).astype(np.intp)
    scores, segments, warnings = _answers(folder.artifact, columns, chosen, layout, manifest, signature, name)
    material = Material(
        columns, layout, scores, confidence_output(signature, manifest.task), chosen, segments,
        score_output(signature, manifest.task), manifest.task,
    )  # fmt: skip
    baseline = Baseline.of(columns, layout=layout, scores=scores, confidence=material.confidence)
    seasons, more = _seasons(folder, manifest, baseline, material)
    return Sketched(baseline.to_bytes(), seasons, (*warnings, *more))


def _answers(
    artifact: bytes, columns: Mapping[str, Array], chosen: Places, layout: Mapping[str, tuple[str, int]],
    manifest: Manifest, signature: Signature, name: str,
) -> tuple[dict[str, Array], dict[str, Places], tuple[str, ...]]:  # fmt: skip
    """The model's outputs for the chosen rows and the places of their segments; neither where it can't run."""
    try:
        feeds = _feeds(columns, layout, signature, chosen)
        return _run(artifact, feeds, signature), _segments(manifest, signature, feeds, len(chosen)), ()
    except Exception as error:  # whatever a kernel raises, memory included: the owner hears of it, and may register
        why = str(error.__cause__ or error).splitlines()[0][:200]
        said = f"The model can't run on {name}, so its scores can't be watched, its inputs only: {why}"
        return {}, {}, (said,)


def _segments(manifest: Manifest, signature: Signature, feeds: Mapping[str, Array], rows: int) -> dict[str, Places]:
    """By `name=value`, as outcomes are told by segment."""
    found = Segments.from_manifest(manifest.document, signature)
    places: dict[str, Places] = {}
    for name, (texts, codes) in zip(found.names, found.of(feeds, rows), strict=True):
        for code, text in enumerate(texts):
            places[f"{name}={text}"] = np.arange(rows) if codes is None else np.flatnonzero(codes == code)
    return places


def _seasons(
    folder: ModelFolder, manifest: Manifest, baseline: Baseline, material: Material
) -> tuple[bytes | None, tuple[str, ...]]:
    names, data, kind = manifest.baseline_columns, folder.baseline or b"", folder.baseline_format or ""
    found = {use: read_column(data, kind, name) for use, name in names.items()}
    return seasons_of(baseline, material, found.get("time"), found.get("outcome"), names)


def _layout(manifest: Manifest, signature: Signature) -> dict[str, tuple[str, int]]:
    """Where the features of a matrix are; empty where each is an input of its own."""
    if not is_matrix(signature, manifest.features):
        return {}
    return {feature.name: (signature.inputs[0].name, column) for column, feature in enumerate(manifest.features)}


def _as_read(column: Array, feature: str, layout: Mapping[str, tuple[str, int]], signature: Signature) -> Array:
    """As the model sees it, or an atom of the baseline would miss the same value in a request: 0.1 is another number in
    single precision. A whole number that is missing stays NaN."""
    tensor = layout[feature][0] if feature in layout else feature
    datatype = next(DATATYPES[spec.datatype] for spec in signature.inputs if spec.name == tensor)
    if column.dtype.kind == "O" or not (datatype.is_float or np.isfinite(column).all()):
        return column
    with np.errstate(over="ignore"):
        return column.astype(datatype.dtype)


def _feeds(
    columns: Mapping[str, Array], layout: Mapping[str, tuple[str, int]], signature: Signature, chosen: Places
) -> dict[str, Array]:
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
        raise ValueError(f"the input '{spec.name}' is {spec.datatype}, but the baseline lacks some of its values")
    if dtype.kind == "O" and (numbers or any(value is None for value in values.ravel())):
        raise ValueError(f"the input '{spec.name}' takes strings, but the baseline lacks some of its values")
    return values.astype(dtype)


def _run(artifact: bytes, feeds: Mapping[str, Array], signature: Signature) -> dict[str, Array]:
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
