"""How does a derived model answer its parent's golden examples?

Its own answers are what it is held to from then on, within the parent's tolerance. They are compared with the parent's
in two ways: numbers beyond that tolerance are counted, as less precision moves nearly all of them a little, and a class
or text that is another one is a reason not to register.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serin.errors import InvalidModel
from serin.serving import session
from serin.serving.golden import Example, Golden, Tensor, mismatches
from serin.serving.limits import Limits
from serin.serving.service import Service
from serin.serving.tensors import DATATYPES

__all__ = ["Moved", "answered_by", "moved"]


@dataclass(frozen=True)
class Moved:
    """Of so many golden examples how many have a number beyond the parent's tolerance, and what is decided otherwise,
    a sentence for each."""

    examples: int
    beyond: int
    otherwise: tuple[str, ...]


def answered_by(artifact: bytes, manifest: Mapping[str, Any], examples: Golden) -> Golden:
    """The same inputs with this model's outputs. Raises InvalidModel where it takes or gives other tensors."""
    model = session.load(artifact)
    if model.signature.to_dict() != manifest["signature"]:
        raise InvalidModel("The new form takes or gives other tensors than its parent: clients would notice.")
    service = Service.from_model(model, Limits.from_manifest(manifest), name="derived")
    answered = (one._replace(outputs=tuple(map(_bare, service.predict(one.request)))) for one in examples.examples)
    return examples._replace(examples=tuple(answered))


def moved(before: Golden, after: Golden) -> Moved:
    """Of the same inputs in the same order."""
    beyond, otherwise = 0, []
    for number, (one, two) in enumerate(zip(before.examples, after.examples, strict=True), 1):
        beyond += bool(mismatches(one.outputs, two.outputs, rtol=before.rtol, atol=before.atol))
        wrong = mismatches(_exact(one), two.outputs)
        otherwise += [f"golden example {number}: {sentence}" for sentence in wrong]
    return Moved(len(before.examples), beyond, tuple(otherwise))


def _exact(example: Example) -> tuple[Tensor, ...]:
    """Outputs that are no floats."""
    return tuple(
        tensor
        for tensor in example.outputs
        if (datatype := DATATYPES.get(str(tensor["datatype"]))) is None or not datatype.is_float
    )


def _bare(tensor: Tensor) -> dict[str, Any]:
    return {key: tensor[key] for key in ("name", "datatype", "shape", "data")}
