"""Reading an MLflow model as the model folder that it would be: nothing in it is run but the ONNX model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serin.errors import InvalidModel
from serin.registry.agreement import check_agreement
from serin.registry.canonical import canonical_json
from serin.registry.external_data import embedded
from serin.registry.feature import read_features
from serin.registry.fields import load, table
from serin.registry.folder import Limits, ModelFolder, read_file
from serin.registry.lineage import UNRECORDED
from serin.registry.mlflow.columns import features_in
from serin.registry.mlflow.database import run_in_database
from serin.registry.mlflow.examples import NOTE, golden_examples
from serin.registry.mlflow.file_store import stored_run
from serin.registry.mlflow.manifest import fields_of
from serin.registry.mlflow.mlmodel import MlModel, read_mlmodel
from serin.registry.mlflow.run import Run
from serin.registry.onnx_file import check_self_contained
from serin.registry.toml_file import written
from serin.serving.session import load as load_model

__all__ = ["read_mlflow"]


def read_mlflow(path: Path, limits: Limits, manifest: Path | None = None, golden: Path | None = None) -> ModelFolder:
    """`manifest` is a model.toml that need not be whole and goes over what MLflow says; `golden` a golden.json.

    Raises InvalidModel for what can't be read or served, and where MLflow does not say enough.
    """
    try:
        return _read(read_mlmodel(path), limits, manifest, golden)
    except OSError as error:
        raise InvalidModel(f"{error.filename} can't be read: {error.strerror}.") from error


def _read(model: MlModel, limits: Limits, manifest: Path | None, golden: Path | None) -> ModelFolder:
    stored = stored_run(model) or run_in_database(model)
    artifact = embedded(read_file(model.folder / model.data, limits.artifact), model.folder, limits.artifact)
    check_self_contained(artifact)
    loaded = load_model(artifact)
    over = load(read_file(manifest, limits.document)) if manifest else {}
    fields = _over(fields_of(model, stored or Run(), loaded.signature), over)
    if "features" not in fields:
        fields["features"] = features_in(model, loaded.signature)
    features = read_features(fields)
    check_agreement(features, loaded.signature)
    evaluations = (stored or Run()).evaluations
    return ModelFolder(
        path=model.folder,
        artifact=artifact,
        manifest=written(fields),
        golden=read_file(golden, limits.document) if golden else golden_examples(model, loaded, features),
        evidence=canonical_json({"evaluations": evaluations}) if evaluations else None,
        baseline=None,
        baseline_format=None,
        warnings=tuple(_warnings(model, stored, fields, golden)),
    )


def _over(fields: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Field by field within tables."""
    merged = {
        name: fields[name] | value if isinstance(value, dict) and isinstance(fields.get(name), dict) else value
        for name, value in over.items()
    }
    return fields | merged


def _warnings(model: MlModel, stored: Run | None, fields: Mapping[str, Any], golden: Path | None) -> list[str]:
    found = []
    if stored is None:
        found.append(
            "No metadata of the MLflow run was found around the folder: only what the folder says is recorded."
        )
    if not model.inputs:
        found.append("The MLflow model has no signature: its features are named after the inputs of the ONNX model.")
    if table(dict(fields), "data").get("sha256") == UNRECORDED:
        found.append("The run logged no data set: [data] sha256 is unrecorded. Log one with mlflow.log_input.")
    if not golden:
        found.append(NOTE)
    return found
