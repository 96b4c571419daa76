"""What does an inference request ask, and how is it answered: Open Inference Protocol bodies to arrays and
back, JSON and the binary tensor extension, checked against the signature before the session sees anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import orjson

from serin.errors import InvalidInput
from serin.serving import binary_form, json_form
from serin.serving.limits import InputRule, Limits
from serin.serving.signature import Signature
from serin.serving.tensors import Array

__all__ = ["Codec", "InferRequest"]

_NO_PARAMETERS: Mapping[str, Any] = {}
_INT = {int}


@dataclass(slots=True)
class InferRequest:
    """`outputs` pairs each wanted output with whether it goes back in binary."""

    id: str | None
    feeds: dict[str, Array]
    outputs: Sequence[tuple[str, bool]]
    names: Sequence[str]
    rows: int


class Codec:
    def __init__(self, signature: Signature, limits: Limits) -> None:
        self._rules = {spec.name: limits.rule(spec) for spec in signature.inputs}
        self._batched = [s.name for s in signature.inputs if not s.shape or s.shape[0] == -1]
        self._columns = [s.name for s in signature.inputs if s.shape == (-1, 1)]
        self._datatypes = {spec.name: spec.datatype for spec in signature.outputs}
        self._names = list(self._datatypes)
        self._all = {flag: [(name, flag) for name in self._names] for flag in (False, True)}
        self._max_rows = limits.max_rows

    def parse(self, body: bytes | str, header_length: int | None = None) -> InferRequest:
        """`header_length` is where the JSON ends and the binary data begins. Raises InvalidInput."""
        document, tail = _split(body, header_length)
        feeds = self._feeds(document.get("inputs"), tail)
        identity = document.get("id")
        if identity is not None and type(identity) is not str:
            raise InvalidInput("'id' must be a string")
        outputs, names = self._outputs(document.get("outputs"), _parameters(document, "the request"))
        return InferRequest(identity, feeds, outputs, names, self._rows(feeds))

    def encode(self, head: dict[str, Any], request: InferRequest, arrays: Sequence[Array]) -> tuple[bytes, int | None]:
        """The body, and where its JSON ends if binary data follows. `head` is added to, so hand over a copy."""
        binary: list[bytes] = []
        outputs = []
        for (name, as_binary), array in zip(request.outputs, arrays, strict=True):
            output: dict[str, Any] = {"name": name, "datatype": self._datatypes[name], "shape": array.shape}
            if as_binary:
                raw = binary_form.encode(array)
                output["parameters"] = {"binary_data_size": len(raw)}
                binary.append(raw)
            else:
                output["data"] = json_form.encode(array)
            outputs.append(output)
        if request.id is not None:
            head["id"] = request.id
        head["outputs"] = outputs
        text = orjson.dumps(head, option=orjson.OPT_SERIALIZE_NUMPY)
        return (b"".join((text, *binary)), len(text)) if binary else (text, None)

    def _feeds(self, inputs: Any, tail: memoryview | None) -> dict[str, Array]:
        if type(inputs) is not list:
            raise InvalidInput("the request needs 'inputs', an array of tensors")
        feeds: dict[str, Array] = {}
        at = 0
        for tensor in inputs:
            rule = self._rule(tensor, feeds)
            shape, count = _shape(rule, tensor)
            size = _parameters(tensor, f"input '{rule.spec.name}'").get("binary_data_size")
            if size is None:
                feeds[rule.spec.name] = json_form.decode(rule, tensor.get("data"), shape, count)
            else:
                raw = _take(rule, tensor, tail, at, size)
                feeds[rule.spec.name] = binary_form.decode(rule, raw, shape, count)
                at += size
        if tail is not None and at != len(tail):
            raise InvalidInput(f"the body has {len(tail)} bytes of binary data, but its inputs declare {at}")
        if len(feeds) != len(self._rules):
            missing = ", ".join(f"'{name}'" for name in self._rules if name not in feeds)
            raise InvalidInput(f"the request lacks input {missing}")
        return feeds

    def _rule(self, tensor: Any, feeds: Mapping[str, Array]) -> InputRule:
        name = tensor.get("name") if type(tensor) is dict else None
        if type(name) is not str:
            raise InvalidInput("every input must be an object with a 'name'")
        rule = self._rules.get(name)
        if rule is None:
            raise InvalidInput(f"unknown input '{name[:100]}': the model takes {', '.join(self._rules)}"[:1000])
        if name in feeds:
            raise InvalidInput(f"input '{name}' is given twice")
        if tensor.get("datatype") != rule.spec.datatype:
            given = str(tensor.get("datatype"))[:20]
            raise InvalidInput(f"input '{name}' must be {rule.spec.datatype}, not {given}")
        return rule

    def _outputs(self, wanted: Any, parameters: Mapping[str, Any]) -> tuple[Sequence[tuple[str, bool]], Sequence[str]]:
        default = _flag(parameters.get("binary_data_output", False), "binary_data_output")
        if not wanted and (wanted is None or type(wanted) is list):
            return self._all[default], self._names
        if type(wanted) is not list:
            raise InvalidInput("'outputs' must be an array")
        outputs = [self._output(output, default) for output in wanted]
        names = [name for name, _ in outputs]
        if len(set(names)) != len(names):
            raise InvalidInput("an output is requested twice")
        return outputs, names

    def _output(self, output: Any, default: bool) -> tuple[str, bool]:
        name = output.get("name") if type(output) is dict else None
        if type(name) is not str or name not in self._datatypes:
            given = str(name)[:100]
            raise InvalidInput(f"unknown output '{given}': the model gives {', '.join(self._names)}"[:1000])
        parameters = _parameters(output, f"output '{name}'")
        if "classification" in parameters or "shared_memory_region" in parameters:
            raise InvalidInput(f"output '{name}' asks for classification or shared memory: not supported")
        return name, _flag(parameters.get("binary_data", default), "binary_data")

    def _rows(self, feeds: Mapping[str, Array]) -> int:
        shapes = [feeds[name].shape for name in self._batched]
        rows: int = max([shape[0] for shape in shapes if shape], default=1)
        if rows > self._max_rows:
            raise InvalidInput(f"the request has {rows} rows: {self._max_rows} are allowed in one request")
        for name in self._columns:
            if feeds[name].shape[0] != rows:
                raise InvalidInput(f"input '{name}' has {feeds[name].shape[0]} rows where another has {rows}")
        return rows


def _split(body: bytes | str, header_length: int | None) -> tuple[dict[str, Any], memoryview | None]:
    tail = None
    if header_length is not None:
        view = memoryview(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
        if not 0 < header_length <= len(view):
            raise InvalidInput(
                f"Inference-Header-Content-Length is {header_length}, but the body has {len(view)} bytes"
            )
        body, tail = bytes(view[:header_length]), view[header_length:]
    try:
        document = orjson.loads(body)
    except (orjson.JSONDecodeError, UnicodeError) as error:
        raise InvalidInput(f"the request is not JSON: {error}"[:300]) from None
    if type(document) is not dict:
        raise InvalidInput("the request must be a JSON object with 'inputs'")
    return document, tail


def _parameters(holder: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    parameters = holder.get("parameters")
    if parameters is None:
        return _NO_PARAMETERS
    if type(parameters) is not dict:
        raise InvalidInput(f"the 'parameters' of {what} must be an object")
    return parameters


def _flag(value: Any, name: str) -> bool:
    if type(value) is not bool:
        raise InvalidInput(f"'{name}' must be true or false")
    return value


def _shape(rule: InputRule, tensor: Mapping[str, Any]) -> tuple[list[int], int]:
    """A declared -1 takes any size of at least 1: several ONNX kernels misbehave on empty tensors."""
    shape, spec = tensor.get("shape"), rule.spec
    if type(shape) is not list or not set(map(type, shape)) <= _INT or (shape and min(shape) < 1):
        raise InvalidInput(f"input '{spec.name}' needs 'shape', an array of whole numbers from 1 up")
    if spec.shape and not _fits(shape, spec.shape):
        raise InvalidInput(f"input '{spec.name}' has shape {shape}, but the model takes {list(spec.shape)}"[:500])
    return shape, prod(shape)


def _fits(shape: Sequence[int], declared: Sequence[int]) -> bool:
    for size, want in zip(shape, declared, strict=False):
        if want not in (size, -1):
            return False
    return len(shape) == len(declared)


def _take(rule: InputRule, tensor: Mapping[str, Any], tail: memoryview | None, at: int, size: Any) -> bytes:
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
    return bytes(tail[at : at + size])
