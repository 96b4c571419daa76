"""What do the fields of a request hold: each is taken out of the JSON and checked here, or refused in a
sentence, so that the codec works with values of the right type only."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from serin.errors import InvalidInput
from serin.serving.limits import InputRule, Shape

__all__ = ["by_row", "event_time", "flag", "parameters_of", "shape_of", "split", "take"]

_NO_PARAMETERS: Mapping[str, Any] = {}


def split(body: bytes | str | memoryview, header_length: int | None) -> tuple[dict[str, Any], memoryview | None]:
    """The JSON, and what follows it, which is not copied."""
    tail = None
    if header_length is not None:
        view = memoryview(body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body)
        if not 0 < header_length <= len(view):
            raise InvalidInput(
                f"Inference-Header-Content-Length is {header_length}, but the body has {len(view)} bytes"
            )
        body, tail = view[:header_length], view[header_length:]
    try:
        document = orjson.loads(body)
    except (orjson.JSONDecodeError, UnicodeError) as error:
        raise InvalidInput(f"the request is not JSON: {error}"[:300]) from None
    if type(document) is not dict:
        raise InvalidInput("the request must be a JSON object with 'inputs'")
    return document, tail


def parameters_of(holder: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    parameters = holder.get("parameters")
    if parameters is None:
        return _NO_PARAMETERS
    if type(parameters) is not dict:
        raise InvalidInput(f"the 'parameters' of {what} must be an object")
    return parameters


def by_row(parameters: Mapping[str, Any]) -> bool:
    """Does the request ask for a receipt for each of its rows, instead of one for all?"""
    wanted = parameters.get("receipts", "request")
    if wanted not in ("request", "row"):
        raise InvalidInput('parameter "receipts" must be "row" or "request"')
    return bool(wanted == "row")


def event_time(parameters: Mapping[str, Any]) -> float | None:
    """When the request says that it happened, in seconds since 1970; None where it says nothing."""
    given = parameters.get("event_time")
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        seconds = -1.0
    if seconds < 0:
        raise InvalidInput('parameter "event_time" must be a time since 1970 in ISO 8601: 2013-03-01T08:00:00Z')
    return seconds


def flag(value: Any, name: str) -> bool:
    if type(value) is not bool:
        raise InvalidInput(f"'{name}' must be true or false")
    return value


def shape_of(rule: InputRule, tensor: Mapping[str, Any]) -> Shape:
    sizes = tensor.get("shape")
    if type(sizes) is list:
        try:
            return rule.shape(*sizes)
        except TypeError:  # what can't be hashed is no number either
            pass
    raise rule.no_shape()


def take(rule: InputRule, tensor: Mapping[str, Any], tail: memoryview | None, at: int, size: Any) -> memoryview:
    name = rule.spec.name
    if type(size) is not int or size < 0:
        raise InvalidInput(f"binary_data_size of input '{name}' must be a whole number")
    if "data" in tensor:
        raise InvalidInput(f"input '{name}' has both 'data' and 'binary_data_size'")
    if tail is None:
        raise InvalidInput(
            f"input '{name}' declares binary data, but the header Inference-Header-Content-Length is missing"
        )
    if at + size > len(tail):
        raise InvalidInput(f"the binary data ends inside input '{name}'")
    return tail[at : at + size]
