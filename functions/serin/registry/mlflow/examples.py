"""From MLflow's input example to golden examples: what does the model itself answer to it?"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from serin.errors import InvalidInput, InvalidModel
from serin.registry.baseline import typed_column
from serin.registry.canonical import canonical_json
from serin.registry.feature import Feature
from serin.registry.folder import Limits, read_file
from serin.registry.mlflow.mlmodel import MlModel, plain_name
from serin.registry.offline import feeds_of, layout_of
from serin.serving.limits import Limits as Serving
from serin.serving.service import Service
from serin.serving.session import Model
from serin.serving.tensors import DATATYPES, Array

__all__ = ["NOTE", "golden_examples"]

NOTE = (
    "The golden examples are the model's own answers to MLflow's input example: "
    "they show that it stays as it is, not that it is right."
)
_MOST = 8
_HOW = "log the model with input_example=…, or give --golden FILE"
_TENSOR = ("name", "datatype", "shape", "data")


def golden_examples(model: MlModel, loaded: Model, features: Sequence[Feature]) -> bytes:
    """As golden.json has them. Raises InvalidModel where there is no example, or none that the model takes."""
    name = model.example.get("artifact_path")
    if not name:
        raise InvalidModel(f"{model.folder} has no input example to make golden examples from: {_HOW}.")
    try:
        document = json.loads(read_file(model.folder / plain_name(str(name), "MLmodel"), Limits().document))
        feeds = _feeds(document, str(model.example.get("type")), loaded, features)
        taken = Serving(tuple((one.name, one.nullable) for one in features))
        service = Service.from_model(loaded, taken, name="candidate")
        examples = [_example(service, inputs) for inputs in _batches(feeds, loaded)]
    except (OSError, AttributeError, LookupError, TypeError, ValueError, InvalidInput) as error:
        raise InvalidModel(f"MLflow's input example can't be put to the model ({error}): {_HOW}.") from error
    return canonical_json({"note": NOTE, "examples": examples})


def _feeds(document: Any, form: str, loaded: Model, features: Sequence[Feature]) -> dict[str, Array]:
    signature = loaded.signature
    if form == "dataframe":
        columns = _columns(document, features)
        rows = np.arange(len(document["data"]))
        return feeds_of(columns, layout_of(features, signature), signature, rows)
    tensors = document if isinstance(document, dict) else {signature.inputs[0].name: document}
    return {spec.name: np.array(tensors[spec.name], DATATYPES[spec.datatype].dtype) for spec in signature.inputs}


def _columns(document: Mapping[str, Any], features: Sequence[Feature]) -> dict[str, Array]:
    """Of a data frame in pandas' orientation "split"."""
    places = {name: place for place, name in enumerate(document.get("columns") or [one.name for one in features])}
    cells = {one.name: [row[places[one.name]] for row in document["data"]] for one in features}
    return {one.name: typed_column(np.array(cells[one.name], object), "input_example.json", one) for one in features}


def _batches(feeds: Mapping[str, Array], loaded: Model) -> list[list[dict[str, Any]]]:
    """A row at a time, unless the model takes a fixed number of them."""
    fixed = max((spec.shape[0] for spec in loaded.signature.inputs if spec.shape), default=-1)
    size = max(fixed, 1)
    rows = min(len(values) for values in feeds.values())
    if rows < size:
        raise ValueError(f"it has {rows} rows, and the model takes {size} at a time")
    starts = range(0, min(rows - rows % size, _MOST * size), size)
    return [
        [_tensor(spec.name, spec.datatype, feeds[spec.name][at : at + size]) for spec in loaded.signature.inputs]
        for at in starts
    ]


def _tensor(name: str, datatype: str, values: Array) -> dict[str, Any]:
    data = [None if value != value else value for value in values.ravel().tolist()]  # noqa: PLR0124 - NaN alone
    return {"name": name, "datatype": datatype, "shape": list(values.shape), "data": data}


def _example(service: Service, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    answers = service.predict({"inputs": inputs})
    return {"inputs": inputs, "outputs": [{key: answer[key] for key in _TENSOR} for answer in answers]}
