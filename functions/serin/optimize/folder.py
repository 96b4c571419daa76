"""The model folder of a derived version: what its parent says of itself, and what is true of the new form alone."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from serin.errors import InvalidModel
from serin.optimize.derive import Method
from serin.optimize.golden import answered_by
from serin.registry.canonical import canonical_json
from serin.registry.folder import ModelFolder
from serin.registry.toml_file import model_toml
from serin.serving.golden import Golden

__all__ = ["derived_folder", "files_of"]


def derived_folder(parent: str, files: Mapping[str, bytes], manifest: Mapping[str, Any], artifact: bytes,
                   method: Method) -> ModelFolder:  # fmt: skip
    """`files` and `manifest` are the parent's. Its evidence stays behind, as it tells of another model.

    Raises InvalidModel where the new form takes or gives other tensors.
    """
    name = parent.partition("@")[0]
    examples = answered_by(artifact, manifest, Golden.from_dict(orjson.loads(files["golden.json"])))
    baseline = next((one for one in files if one.startswith("baseline.")), None)
    return ModelFolder(
        path=Path(f"{parent}-{method}"),
        artifact=artifact,
        manifest=model_toml(_manifest(parent, manifest, method), name),
        golden=canonical_json(examples.to_dict()),
        evidence=None,
        baseline=files[baseline] if baseline else None,
        baseline_format=baseline.rpartition(".")[2] if baseline else None,
        warnings=(),
    )


def files_of(folder: ModelFolder) -> dict[str, bytes]:
    """By name, as they are written."""
    files = {
        "model.onnx": folder.artifact,
        "model.toml": folder.manifest,
        "golden.json": folder.golden,
        "evidence.json": folder.evidence,
        f"baseline.{folder.baseline_format}": folder.baseline,
    }
    return {name: data for name, data in files.items() if data is not None}


def _manifest(parent: str, manifest: Mapping[str, Any], method: Method) -> dict[str, Any]:
    """The ledger counts what training cost at each registration, and it was paid for once."""
    if "features" not in manifest:
        raise InvalidModel(f"{parent} has no manifest that a version can be derived from: register it again.")
    training = {key: value for key, value in manifest["training"].items() if key != "cost_usd"}
    said = f"{method} of {parent}"
    return {
        **manifest,
        "description": f"{manifest['description']} ({said})" if manifest.get("description") else said,
        "training": training,
        "parent": {"version": parent, "relation": method.relation},
        "libraries": {**manifest.get("libraries", {}), "onnxruntime": version("onnxruntime")},
    }
