"""Where in a request is a feature? The input of its name, or its column of the one matrix."""

from collections.abc import Sequence
from typing import TypeAlias

from serin.serving.signature import Signature

__all__ = ["Place", "place_of"]

Place: TypeAlias = tuple[str, int | None]
"""The input, and the column where the input is a matrix with one per feature."""


def place_of(name: str, features: Sequence[str], signature: Signature) -> Place | None:
    """As limits.py finds a feature, whose order `features` gives; None where it is neither."""
    if any(spec.name == name for spec in signature.inputs):
        return name, None
    if name in features and len(signature.inputs) == 1:
        return signature.inputs[0].name, features.index(name)
    return None
