"""What does an MLmodel file say of its model, and is it one that can be served without pickles?"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from serin.errors import InvalidModel
from serin.registry.folder import Limits, read_file

__all__ = ["MlModel", "document_in", "plain_name", "read_mlmodel"]

_ID = re.compile(r"[\w-]*")


@dataclass(frozen=True)
class MlModel:
    """`data` is the file with the ONNX model, `inputs` the signature's, empty where it has none; `example` says where
    the input example is and in which form, empty where there is none."""

    folder: Path
    data: str
    run_id: str
    model_id: str
    python: str
    inputs: tuple[Mapping[str, Any], ...]
    example: Mapping[str, Any]


def read_mlmodel(folder: Path) -> MlModel:
    """Raises InvalidModel for what is no MLflow model, has no ONNX flavour, or points out of its folder."""
    document = document_in(_there(folder), "MLmodel")
    flavours = document.get("flavors") or {}
    if not isinstance(flavours, dict) or "onnx" not in flavours:
        raise InvalidModel(
            f"{folder} has the flavours {', '.join(flavours) or 'none'}, not onnx. What they load may be a pickle, "
            "which can run any code: convert the model to ONNX and log it with mlflow.onnx.log_model."
        )
    return MlModel(
        folder,
        plain_name(str(flavours["onnx"].get("data")), "MLmodel"),
        _id(document, "run_id"),
        _id(document, "model_id"),
        str((flavours.get("python_function") or {}).get("python_version") or ""),
        _inputs(document.get("signature") or {}),
        document.get("saved_input_example_info") or {},
    )


def document_in(folder: Path, name: str) -> dict[str, Any]:
    """A YAML document. Raises InvalidModel when it is none."""
    try:
        document = yaml.safe_load(read_file(folder / name, Limits().document))
    except (yaml.YAMLError, OSError) as error:
        raise InvalidModel(f"{folder / name} can't be read: {str(error).splitlines()[0]}.") from error
    if not isinstance(document, dict):
        raise InvalidModel(f"{folder / name} holds no fields: log the model again.")
    return document


def plain_name(name: str, where: str) -> str:
    """Raises InvalidModel for the name of a file that could lie outside the folder."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise InvalidModel(f"{where} names the file {name!r}: only files in the model's own folder are read.")
    return name


def _there(folder: Path) -> Path:
    if (folder / "MLmodel").is_file():
        return folder
    found = sorted(path.parent for path in folder.rglob("MLmodel"))[:3] if folder.is_dir() else []
    hint = f" Is it {' or '.join(map(str, found))}?" if found else ""
    raise InvalidModel(f"{folder} holds no MLmodel file: give the folder that mlflow.onnx.log_model wrote.{hint}")


def _id(document: Mapping[str, Any], key: str) -> str:
    found = str(document.get(key) or "")
    if not _ID.fullmatch(found):
        raise InvalidModel(f"MLmodel has the {key} {found!r}, which is none.")
    return found


def _inputs(signature: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """MLflow keeps a JSON document in its YAML document."""
    try:
        return tuple(dict(one) for one in json.loads(signature.get("inputs") or "[]"))
    except (TypeError, ValueError) as error:
        raise InvalidModel(f"MLmodel has a signature that can't be read ({error}): log the model again.") from error
