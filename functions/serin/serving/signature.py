"""What does a model take and give: the names, datatypes and shapes of its tensors. -1 is a dimension that
the caller chooses; an empty shape is one that the model does not declare."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from serin.errors import InvalidModel
from serin.serving.tensors import BY_ONNX, DATATYPES

__all__ = ["Node", "Session", "Signature", "TensorSpec", "of_session"]


class Node(Protocol):
    """An input or output as ONNX Runtime describes it."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def shape(self) -> Sequence[int | str | None]: ...


class Session(Protocol):
    """The part of onnxruntime.InferenceSession that serving uses."""

    def get_inputs(self) -> Sequence[Node]: ...
    def get_outputs(self) -> Sequence[Node]: ...
    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, Any]) -> Sequence[Any]: ...


class TensorSpec(NamedTuple):
    name: str
    datatype: str
    shape: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "TensorSpec":
        """Raises InvalidModel when the document is no tensor description."""
        try:
            shape = tuple(-1 if size is None else int(size) for size in document["shape"])
            spec = cls(str(document["name"]), str(document["datatype"]), shape)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidModel(f"the signature has a tensor without name, datatype or shape: {error}") from None
        if spec.datatype not in DATATYPES:
            raise InvalidModel(f"the signature gives '{spec.name}' the unknown datatype '{spec.datatype}'")
        return spec


class Signature(NamedTuple):
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"inputs": [s.to_dict() for s in self.inputs], "outputs": [s.to_dict() for s in self.outputs]}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Signature":
        """Raises InvalidModel when the document is no signature."""
        try:
            inputs, outputs = document["inputs"], document["outputs"]
            return cls(tuple(map(TensorSpec.from_dict, inputs)), tuple(map(TensorSpec.from_dict, outputs)))
        except (KeyError, TypeError) as error:
            raise InvalidModel(f"the signature needs inputs and outputs: {error}") from None


def of_session(session: Session) -> Signature:
    """Raises InvalidModel for a tensor that the Open Inference Protocol can't carry."""
    inputs = _specs("input", session.get_inputs())
    if not inputs:
        raise InvalidModel("the model has no inputs, so there is nothing to infer from")
    return Signature(inputs, _specs("output", session.get_outputs()))


def _specs(kind: str, nodes: Iterable[Node]) -> tuple[TensorSpec, ...]:
    return tuple(_spec(kind, node) for node in nodes)


def _spec(kind: str, node: Node) -> TensorSpec:
    datatype = BY_ONNX.get(node.type)
    if datatype is None:
        raise InvalidModel(_unsupported(kind, node))
    shape = tuple(size if isinstance(size, int) and size >= 0 else -1 for size in node.shape)
    return TensorSpec(node.name, datatype.name, shape)


def _unsupported(kind: str, node: Node) -> str:
    if node.type.startswith("seq(map("):
        advice = "export the classifier with options={'zipmap': False} so that it gives a tensor"
    else:
        advice = f"the Open Inference Protocol carries {', '.join(DATATYPES)} tensors only"
    return f"{kind} '{node.name}' is a {node.type}: {advice}"
