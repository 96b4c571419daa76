"""Which features does an MLflow signature name, and which has a model without one?"""

from typing import Any

from serin.errors import InvalidModel
from serin.registry.mlflow.mlmodel import MlModel
from serin.serving.signature import Signature, TensorSpec
from serin.serving.tensors import DATATYPES

__all__ = ["features_in"]

_TYPES = {
    "boolean": "bool", "integer": "int", "long": "int", "float": "float", "double": "float", "string": "string",
}  # fmt: skip


def features_in(model: MlModel, signature: Signature) -> list[dict[str, Any]]:
    """As model.toml lists them: MLflow's columns. Where it has none, a matrix gets a feature for each of its own, named
    after it, and every other tensor is one. Raises InvalidModel for a column that can't travel.
    """
    columns = [one for one in model.inputs if one.get("type") != "tensor" and one.get("name")]
    if columns and len(columns) == len(model.inputs):
        return [_column(one) for one in columns]
    if len(signature.inputs) == 1 and len(signature.inputs[0].shape) == 2:
        return _matrix(signature.inputs[0])
    return [{"name": spec.name, "type": _type(spec)} for spec in signature.inputs]


def _column(column: Any) -> dict[str, Any]:
    kind = _TYPES.get(str(column["type"]))
    if kind is None:
        raise InvalidModel(
            f"MLflow's signature says that {column['name']!r} is {column['type']}, which no request carries: "
            "list the features in --manifest FILE as the model reads them."
        )
    may_be_missing = column.get("required") is False and kind == "float"
    return {"name": str(column["name"]), "type": kind} | ({"nullable": True} if may_be_missing else {})


def _matrix(spec: TensorSpec) -> list[dict[str, Any]]:
    width = spec.shape[1]
    if width < 1:
        raise InvalidModel(
            f"The model's input {spec.name!r} has any number of columns, and MLflow's signature names none: "
            "list the features in --manifest FILE."
        )
    names = [spec.name] if width == 1 else [f"{spec.name}_{place}" for place in range(width)]
    return [{"name": name, "type": _type(spec)} for name in names]


def _type(spec: TensorSpec) -> str:
    if DATATYPES[spec.datatype].is_float:
        return "float"
    return {"BOOL": "bool", "BYTES": "string"}.get(spec.datatype, "int")
