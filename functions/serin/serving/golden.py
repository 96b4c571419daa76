"""Does a model answer as it did when it was registered: examples with their expected outputs, compared
within a tolerance for floats and exactly for everything else."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from serin.errors import InvalidModel
from serin.serving.tensors import DATATYPES

__all__ = ["Example", "Golden", "Infer", "failures", "mismatches"]

Tensor: TypeAlias = Mapping[str, Any]
Infer: TypeAlias = Callable[[Mapping[str, Any]], Sequence[Tensor]]
"""Takes an inference request ({"inputs": [...]}), gives the outputs; all tensors in JSON form."""


class Example(NamedTuple):
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def request(self) -> dict[str, Any]:
        return {"inputs": list(self.inputs), "outputs": [{"name": output["name"]} for output in self.outputs]}


class Golden(NamedTuple):
    examples: tuple[Example, ...] = ()
    rtol: float = 1e-4
    atol: float = 1e-5

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Golden":
        """Raises InvalidModel when the document can't be read as golden examples."""
        try:
            tolerance = document.get("tolerance", {})
            examples = tuple(_example(example) for example in document["examples"])
            return cls(examples, float(tolerance.get("rtol", 1e-4)), float(tolerance.get("atol", 1e-5)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidModel(f"the golden examples can't be read: {error!r}") from None

    @property
    def takes_zeros(self) -> bool:
        """Would a model that answers nothing but zeros pass for one that answers with numbers?"""
        tensors = [tensor for example in self.examples for tensor in example.outputs if _is_float(tensor)]
        sizes = np.abs(np.array([value for tensor in tensors for value in _flat(tensor["data"])], float))
        largest = float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))
        return largest > 0 and self.atol + self.rtol * largest >= largest

    def to_dict(self) -> dict[str, Any]:
        examples = [{"inputs": list(e.inputs), "outputs": list(e.outputs)} for e in self.examples]
        return {"tolerance": {"rtol": self.rtol, "atol": self.atol}, "examples": examples}


def failures(golden: Golden, infer: Infer) -> list[str]:
    """A sentence per output that does not come out as stored; empty means that all is well."""
    found = []
    for number, example in enumerate(golden.examples, 1):
        answers = infer(example.request)
        wrong = mismatches(example.outputs, answers, rtol=golden.rtol, atol=golden.atol)
        found += [f"golden example {number}: {sentence}" for sentence in wrong]
    return found


def mismatches(
    expected: Sequence[Tensor], actual: Sequence[Tensor], *, rtol: float = 1e-4, atol: float = 1e-5
) -> list[str]:
    """Outputs beyond the expected ones are no mismatch; null (NaN) equals null."""
    answers = {tensor.get("name"): tensor for tensor in actual}
    found = []
    for tensor in expected:
        answer = answers.get(tensor["name"])
        problem = "is missing" if answer is None else _difference(tensor, answer, rtol, atol)
        if problem:
            found.append(f"output '{tensor['name']}' {problem}")
    return found


def _difference(expected: Tensor, actual: Tensor, rtol: float, atol: float) -> str | None:
    for key in ("datatype", "shape"):
        if expected[key] != actual.get(key):
            return f"has {key} {actual.get(key)}, expected {expected[key]}"
    want, got = _flat(expected["data"]), _flat(actual.get("data", []))
    if len(want) != len(got):
        return f"has {len(got)} values, expected {len(want)}"
    if _is_float(expected):
        return _far_apart(want, got, rtol, atol)
    for position, (a, b) in enumerate(zip(want, got, strict=True)):
        if a != b:
            return f"has {b!r} at position {position}, expected {a!r}"
    return None


def _is_float(tensor: Tensor) -> bool:
    datatype = DATATYPES.get(str(tensor["datatype"]))
    return datatype is not None and datatype.is_float


def _far_apart(expected: Sequence[Any], actual: Sequence[Any], rtol: float, atol: float) -> str | None:
    want, got = np.array(expected, float), np.array(actual, float)
    wrong = np.flatnonzero(~np.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True))
    if not wrong.size:
        return None
    first = int(wrong[0])
    return f"has {got[first]:.7g} at position {first}, expected {want[first]:.7g} (rtol {rtol:g}, atol {atol:g})"


def _flat(data: Any) -> list[Any]:
    flat = list(data)
    while flat and isinstance(flat[0], list):
        flat = list(chain.from_iterable(flat))
    return flat


def _example(document: Mapping[str, Any]) -> Example:
    inputs, outputs = tuple(document["inputs"]), tuple(document["outputs"])
    for tensor in (*inputs, *outputs):
        if not {"name", "datatype", "shape", "data"} <= set(tensor):
            raise ValueError("a tensor needs name, datatype, shape and data")
    return Example(inputs, outputs)
