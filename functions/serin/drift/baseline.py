"""What did a model's inputs and answers look like when it was made? One document: the bins, and the baseline's sketch.

There is one for all of the data. How it varied over time is in a document of its own (`seasons`), which serving does
not read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import orjson

from serin.drift.series import CONFIDENCE, Array, Series, Sketch, fresh, row_confidence, series_of
from serin.errors import InvalidInput
from serin.stats.category_sketch import CategoryBins, CategorySketch
from serin.stats.numeric_bins import NumericBins
from serin.stats.numeric_sketch import NumericSketch

__all__ = ["CONFIDENCE", "FEATURE", "SCORE", "Baseline", "read_sketch", "watched"]

FEATURE, SCORE = "feature:", "score:"
"""How the keys of features and of scores begin; the confidence has the key `confidence`."""
_SCHEMA = 1


@dataclass(frozen=True)
class Baseline:
    """`series` says what is watched, `sketches` what the baseline itself looked like, both by the same keys."""

    rows: int
    series: Mapping[str, Series]
    sketches: Mapping[str, Sketch]

    @classmethod
    def of(
        cls, columns: Mapping[str, Array], *, layout: Mapping[str, tuple[str, int]] | None = None,
        scores: Mapping[str, Array] | None = None, confidence: str | None = None,
    ) -> "Baseline":  # fmt: skip
        """From data with one entry a row, in the types that the model reads.

        `layout` gives tensor and column of the features that share a matrix; the others are inputs of their own.
        `scores` are the model's outputs for some of the rows, `confidence` the one with its probabilities.
        """
        sizes = {len(array) for array in columns.values()}
        if len(sizes) != 1 or not min(sizes):
            raise ValueError("A baseline needs at least one row, and as many in each column.")
        series: dict[str, Series] = {}
        sketches: dict[str, Sketch] = {}
        for key, one, values in watched(columns, layout or {}, scores or {}, confidence):
            series[key], sketches[key] = one, fresh(one).update(values)
        return cls(sizes.pop(), series, sketches)

    @cached_property
    def by_tensor(self) -> Mapping[tuple[bool, str], Mapping[str, Series]]:
        """The series of each tensor; True is for outputs, which may be named as an input is."""
        grouped: dict[tuple[bool, str], dict[str, Series]] = {}
        for key, series in self.series.items():
            grouped.setdefault((not key.startswith(FEATURE), series.tensor), {})[key] = series
        return grouped

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its bytes: sketches add up where this is the same."""
        return sha256(self.to_bytes()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        entries = {key: {**one.to_dict(), "sketch": self.sketches[key].to_dict()} for key, one in self.series.items()}
        return {"schema": _SCHEMA, "rows": self.rows, "series": entries}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Baseline":
        """Raises InvalidInput when it is no baseline, or one of a later form."""
        try:
            if document["schema"] != _SCHEMA:
                raise ValueError(f"its form {document['schema']!r} is not {_SCHEMA}, which is read here.")
            series = {str(key): Series.from_dict(entry) for key, entry in document["series"].items()}
            sketches = {key: read_sketch(document["series"][key]["sketch"], series[key]) for key in series}
            return cls(int(document["rows"]), series, sketches)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"the document is not a baseline's sketch: {error}") from None

    def to_bytes(self) -> bytes:
        """In the order of the features, which is read back: the bytes are the same again."""
        return orjson.dumps(self.to_dict())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Baseline":
        """Raises InvalidInput."""
        try:
            return cls.from_dict(orjson.loads(data))
        except orjson.JSONDecodeError as error:
            raise InvalidInput(f"the document is not a baseline's sketch: {error}") from None


def read_sketch(document: Mapping[str, Any], series: Series) -> Sketch:
    """Raises ValueError when it is no sketch of this series."""
    if isinstance(series.bins, CategoryBins):
        return CategorySketch.from_dict(document, series.bins)
    return NumericSketch.from_dict(document, series.bins)


def watched(
    columns: Mapping[str, Array], layout: Mapping[str, tuple[str, int]], scores: Mapping[str, Array],
    confidence: str | None,
) -> Iterator[tuple[str, Series, Array]]:  # fmt: skip
    """All series by key, each with its values; `columns` may have more rows than `scores`."""
    for name, array in columns.items():
        tensor, column = layout.get(name, (name, None))
        for key, series, values in series_of(name, tensor, column, _lines(array)):
            yield FEATURE + key, series, values
    for name, array in scores.items():
        for key, series, values in series_of(name, name, None, _lines(array)):
            yield SCORE + key, series, values
    if confidence is not None and confidence in scores:
        block = _lines(scores[confidence])
        values = row_confidence(block)
        yield CONFIDENCE, Series(confidence, None, CONFIDENCE, block.shape[1], NumericBins.of(values)), values


def _lines(array: Array) -> Array:
    return array.reshape(len(array), -1)
