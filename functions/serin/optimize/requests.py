"""Rows of a file, or golden examples, as the events that API Gateway hands to the inference function."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from serin.diff.version import Version
from serin.evidence.data import Data, feeds
from serin.serving.golden import Golden
from serin.serving.signature import TensorSpec
from serin.serving.tensors import Array

__all__ = ["events_of_data", "events_of_golden"]

_MOST = 200


def events_of_data(version: Version, data: Data) -> list[dict[str, Any]]:
    """A row in each, or as many as the model is fixed to; at most 200 of them."""
    size = max((1, *(spec.shape[0] for spec in version.signature.inputs if spec.shape)))
    events = []
    for at in range(min(_MOST, -(-data.rows // size))):
        given = feeds(version.signature, version.features, data, np.arange(at * size, (at + 1) * size) % data.rows)
        tensors = [_tensor(spec, given[spec.name]) for spec in version.signature.inputs]
        events.append(_event(version, {"inputs": tensors}))
    return events


def events_of_golden(version: Version) -> list[dict[str, Any]]:
    return [_event(version, example.request) for example in Golden.from_dict(version.golden).examples]


def _tensor(spec: TensorSpec, values: Array) -> dict[str, Any]:
    return {"name": spec.name, "datatype": spec.datatype, "shape": list(values.shape), "data": _data(values)}


def _data(values: Array) -> Sequence[Any]:
    """NaN is null there."""
    return [None if isinstance(value, float) and math.isnan(value) else value for value in values.ravel().tolist()]


def _event(version: Version, request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "path": f"/v2/models/{version.record.model}/infer",
        "headers": {"Content-Type": "application/json"},
        "body": orjson.dumps(request).decode(),
        "isBase64Encoded": False,
    }
