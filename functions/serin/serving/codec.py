"""What does an inference request ask, and how is it answered: Open Inference Protocol bodies to arrays and
back, JSON and the binary tensor extension, checked against the signature before the session sees anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

from serin.errors import InvalidInput
from serin.serving import binary_form, json_form
from serin.serving.fields import by_row, event_time, flag, parameters_of, shape_of, split, take
from serin.serving.limits import InputRule, Limits
from serin.serving.signature import Signature
from serin.serving.tensors import Array

__all__ = ["Answer", "Codec", "InferRequest"]

Answer: TypeAlias = str | tuple[bytes, int]
"""JSON; or JSON with binary data behind it, and where that begins."""


@dataclass(slots=True)
class InferRequest:
    """`outputs` pairs each wanted output with whether it goes back in binary, and `binary` says whether one does;
    `by_row` asks for a receipt a row.

    `event_time` is when it says that it happened, in seconds since 1970: for replays.
    """

    id: str | None
    feeds: dict[str, Array]
    outputs: Sequence[tuple[str, bool]]
    names: Sequence[str]
    rows: int
    binary: bool = False
    by_row: bool = False
    event_time: float | None = None


class Codec:
    def __init__(self, signature: Signature, limits: Limits) -> None:
        self._rules = {spec.name: limits.rule(spec) for spec in signature.inputs}
        self._batched = [s.name for s in signature.inputs if not s.shape or s.shape[0] == -1]
        self._columns = [s.name for s in signature.inputs if s.shape == (-1, 1)]
        self._datatypes = {spec.name: spec.datatype for spec in signature.outputs}
        self._names = list(self._datatypes)
        self._all = {flag: [(name, flag) for name in self._names] for flag in (False, True)}
        self._max_rows = limits.max_rows
        self._opened = lru_cache(256)(self._open)

    def parse(self, body: bytes | str, header_length: int | None = None) -> InferRequest:
        """`header_length` is where the JSON ends and the binary data begins. Raises InvalidInput."""
        document, tail = split(body, header_length)
        feeds = self._feeds(document.get("inputs"), tail)
        if len(document) == 1:  # its inputs, as of nearly all requests
            return InferRequest(None, feeds, self._all[False], self._names, self._rows(feeds))
        identity = document.get("id")
        if identity is not None and type(identity) is not str:
            raise InvalidInput("'id' must be a string")
        parameters = parameters_of(document, "the request")
        rows, (outputs, names) = self._rows(feeds), self._outputs(document.get("outputs"), parameters)
        binary = any(as_binary for _, as_binary in outputs)
        return InferRequest(identity, feeds, outputs, names, rows, binary, by_row(parameters), event_time(parameters))

    def encode(self, head: str, request: InferRequest, arrays: Sequence[Array]) -> Answer:
        """`head` is the beginning of the JSON object, with values before the outputs."""
        outputs, binary = [], []
        for (name, as_binary), array in zip(request.outputs, arrays, strict=True):
            if as_binary:
                raw = binary_form.encode(array)
                outputs.append(f'{self._opened(name, array.shape)}"parameters":{{"binary_data_size":{len(raw)}}}}}')
                binary.append(raw)
            else:
                outputs.append(f'{self._opened(name, array.shape)}"data":{json_form.encode(array)}}}')
        identity = "" if request.id is None else f',"id":{_written(request.id)}'
        text = f'{head}{identity},"outputs":[{",".join(outputs)}]}}'
        if not binary:
            return text
        raw = text.encode()
        return b"".join((raw, *binary)), len(raw)

    def _open(self, name: str, shape: tuple[int, ...]) -> str:
        """An output, up to its values: the same for nearly all requests."""
        return _written({"name": name, "datatype": self._datatypes[name], "shape": shape})[:-1] + ","

    def _feeds(self, inputs: Any, tail: memoryview | None) -> dict[str, Array]:
        if type(inputs) is not list:
            raise InvalidInput("the request needs 'inputs', an array of tensors")
        feeds: dict[str, Array] = {}
        at = 0
        for tensor in inputs:
            rule = self._rule(tensor, feeds)
            shape = shape_of(rule, tensor)
            name, size = rule.spec.name, None
            if "parameters" in tensor:
                size = parameters_of(tensor, f"input '{name}'").get("binary_data_size")
            if size is None:
                feeds[name] = json_form.decode(rule, tensor.get("data"), shape)
            else:
                raw = take(rule, tensor, tail, at, size)
                feeds[name] = binary_form.decode(rule, raw, shape)
                at += size
        if tail is not None and at != len(tail):
            raise InvalidInput(f"the body has {len(tail)} bytes of binary data, but its inputs declare {at}")
        if len(feeds) != len(self._rules):
            missing = ", ".join(f"'{name}'" for name in self._rules if name not in feeds)
            raise InvalidInput(f"the request lacks input {missing}")
        return feeds

    def _rule(self, tensor: Any, feeds: Mapping[str, Array]) -> InputRule:
        try:
            name = tensor["name"]
            rule = self._rules[name]
        except (KeyError, TypeError):
            raise self._unknown(tensor) from None
        if name in feeds:
            raise InvalidInput(f"input '{name}' is given twice")
        if tensor.get("datatype") != rule.spec.datatype:
            given = str(tensor.get("datatype"))[:20]
            raise InvalidInput(f"input '{name}' must be {rule.spec.datatype}, not {given}")
        return rule

    def _unknown(self, tensor: Any) -> InvalidInput:
        name = tensor.get("name") if type(tensor) is dict else None
        if type(name) is not str:
            return InvalidInput("every input must be an object with a 'name'")
        return InvalidInput(f"unknown input '{name[:100]}': the model takes {', '.join(self._rules)}"[:1000])

    def _outputs(self, wanted: Any, parameters: Mapping[str, Any]) -> tuple[Sequence[tuple[str, bool]], Sequence[str]]:
        default = flag(parameters.get("binary_data_output", False), "binary_data_output")
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
        parameters = parameters_of(output, f"output '{name}'")
        if "classification" in parameters or "shared_memory_region" in parameters:
            raise InvalidInput(f"output '{name}' asks for classification or shared memory: not supported")
        return name, flag(parameters.get("binary_data", default), "binary_data")

    def _rows(self, feeds: Mapping[str, Array]) -> int:
        rows = 1
        for name in self._batched:
            shape = feeds[name].shape
            if shape and shape[0] > rows:
                rows = shape[0]
        if rows > self._max_rows:
            raise InvalidInput(f"the request has {rows} rows: {self._max_rows} are allowed in one request")
        for name in self._columns:
            if feeds[name].shape[0] != rows:
                raise InvalidInput(f"input '{name}' has {feeds[name].shape[0]} rows where another has {rows}")
        return rows


def _written(value: Any) -> str:
    return orjson.dumps(value).decode()
