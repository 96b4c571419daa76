"""To which segments does each row belong? The features that the manifest declares for that, found in the inputs."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from serin.errors import InvalidModel
from serin.outcomes.receipts import Column
from serin.serving.places import Place, place_of
from serin.serving.signature import Signature
from serin.serving.tensors import Array

__all__ = ["Segments"]

_LONGEST = 24
_FEW = 64
_NONE = ("",), None


class Segments:
    """`places` gives for each name where it is."""

    def __init__(self, names: Sequence[str] = (), places: Iterable[Place] = ()) -> None:
        self.names, self._places = tuple(names), tuple(places)

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any], signature: Signature) -> "Segments":
        """Raises InvalidModel when the manifest's segments can't be read, or one of them is no input of the model."""
        try:
            names = [str(name) for name in manifest.get("outcomes", {}).get("segments", [])]
            features = [str(feature["name"]) for feature in manifest["features"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidModel(f"the manifest's segments can't be read: {error!r}") from None
        return cls(names, [_place(name, features, signature) for name in names])

    def of(self, feeds: Mapping[str, Array], rows: int) -> list[Column]:
        """Empty text where an input has not one value a row."""
        if rows == 1:
            return [_alone(feeds[name], column) for name, column in self._places]
        return [_column(feeds[name], column, rows) for name, column in self._places]


def _place(name: str, features: Sequence[str], signature: Signature) -> Place:
    place = place_of(name, features, signature)
    if place is None:
        raise InvalidModel(
            f"the manifest's segment '{name}' is neither an input of the model nor a column of its matrix"
        )
    return place


def _alone(array: Array, column: int | None) -> Column:
    if column is not None:
        return _same(array.item(column)) if column < array.size else _NONE
    return _same(array.item(0)) if array.size == 1 else _NONE


@lru_cache(4096, typed=True)  # a segment has few values
def _same(value: Any) -> Column:
    return (_short(value),), None


def _column(array: Array, column: int | None, rows: int) -> Column:
    if column is not None:
        array = array[:, column] if array.ndim == 2 and column < array.shape[1] else array[:0]
    if array.size != rows:
        return _NONE
    flat = array.reshape(-1)
    if flat.dtype.kind == "O" or rows <= _FEW:
        return _counted(list(map(_short, flat.tolist())))
    values, codes = np.unique(flat, return_inverse=True)
    return list(map(_short, values.tolist())), codes


def _counted(texts: list[str]) -> Column:
    """As np.unique, which sorts: that is slow for strings, and for few numbers it is slow to begin."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return list(places), np.fromiter(map(places.__getitem__, texts), np.int64, len(texts))


@lru_cache(4096, typed=True)  # a segment has few values, and each is written out once
def _short(value: Any) -> str:
    """A whole number is written out: %g would give several ids of over six digits the same text."""
    if type(value) is str:
        return value[:_LONGEST]
    if type(value) is not float or (value.is_integer() and abs(value) < 1e15):
        return f"{int(value)}"
    return f"{value:g}"
