"""What does the baseline look like, and what does the model say of it? Found out once, when a version is registered."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.calendar import Places
from serin.registry.baseline import read_baseline, read_column
from serin.registry.folder import ModelFolder
from serin.registry.manifest import Manifest
from serin.registry.offline import Layout, as_read, feeds_of, layout_of, run
from serin.registry.seasons import Material, seasons_of
from serin.serving.confidence import confidence_output
from serin.serving.scores import score_output
from serin.serving.segments import Segments
from serin.serving.signature import Signature
from serin.serving.tensors import Array

__all__ = ["Sketched", "sketch_of"]

_MOST_ROWS = 20_000  # that the model is run on; the features are sketched over all


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
    layout = layout_of(manifest.features, signature)
    columns = {feature: as_read(column, feature, layout, signature) for feature, column in columns.items()}
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
    artifact: bytes, columns: Mapping[str, Array], chosen: Places, layout: Layout,
    manifest: Manifest, signature: Signature, name: str,
) -> tuple[dict[str, Array], dict[str, Places], tuple[str, ...]]:  # fmt: skip
    """The model's outputs for the chosen rows and the places of their segments; neither where it can't run."""
    try:
        feeds = feeds_of(columns, layout, signature, chosen)
        return run(artifact, feeds, signature), _segments(manifest, signature, feeds, len(chosen)), ()
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
