"""What is watched of a model's tensors? Series of numbers or categories, each a column, or a figure made from a row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from serin.stats.category_sketch import CategoryBins, CategorySketch
from serin.stats.numeric_bins import NumericBins
from serin.stats.numeric_sketch import NumericSketch
from serin.stats.row_summaries import SUMMARIES, row_summaries

__all__ = ["CONFIDENCE", "Array", "Series", "Sketch", "fill", "fresh", "row_confidence", "series_of"]

Array: TypeAlias = npt.NDArray[Any]
Sketch: TypeAlias = NumericSketch | CategorySketch
CONFIDENCE = "confidence"
_WIDE = 32  # values a row, above which a series for each would make the documents large


@dataclass(frozen=True)
class Series:
    """One column of a tensor; or, without a column, all values of a row: as categories, or the figure called `part`.

    `width` is how many values a row had in the baseline.
    """

    tensor: str
    column: int | None
    part: str
    width: int
    bins: NumericBins | CategoryBins

    def to_dict(self) -> dict[str, Any]:
        kind = "category" if isinstance(self.bins, CategoryBins) else "number"
        place = {"tensor": self.tensor, "column": self.column, "part": self.part, "width": self.width}
        return {**place, "kind": kind, "bins": self.bins.to_dict()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Series":
        """Raises ValueError or KeyError when it is none."""
        kinds: dict[str, type[CategoryBins] | type[NumericBins]] = {"category": CategoryBins, "number": NumericBins}
        read = kinds[document["kind"]].from_dict
        column = None if document["column"] is None else int(document["column"])
        place = str(document["tensor"]), column, str(document["part"]), int(document["width"])
        return cls(*place, read(document["bins"]))


def series_of(name: str, tensor: str, column: int | None, block: Array) -> Iterator[tuple[str, Series, Array]]:
    """The series of a feature or output, each with its values in `block`, which has a line for each row.

    `column` is the feature's in a tensor that others share. A row of more than 32 values is watched by figures of it.
    """
    width = block.shape[1]
    if block.dtype.kind in "OUS":
        bins = CategoryBins.of(block)
        yield name, Series(tensor, 0 if column is None and width == 1 else column, "", width, bins), block
    elif column is not None or width == 1:
        yield name, Series(tensor, column or 0, "", width, NumericBins.of(block)), block
    elif width <= _WIDE:
        for place, values in enumerate(block.T):
            yield f"{name}[{place}]", Series(tensor, place, "", width, NumericBins.of(values)), values
    else:
        for part, values in zip(SUMMARIES, row_summaries(block), strict=True):
            yield f"{name}.{part}", Series(tensor, None, part, width, NumericBins.of(values)), values


def fresh(series: Series) -> Sketch:
    return CategorySketch(series.bins) if isinstance(series.bins, CategoryBins) else NumericSketch(series.bins)


def fill(sketches: Mapping[str, Sketch], watched: Mapping[str, Series], block: Array) -> None:
    """Add a block's rows, a line each, to the sketches of the series of its tensor."""
    width = block.shape[1]
    if block.dtype.kind in "OUS":
        for name, series in watched.items():
            sketches[name].update(block if series.column is None else block[:, series.column])
        return
    columns = np.ascontiguousarray(block.T, np.float64)
    summaries: Array | None = None
    for name, series in watched.items():
        if series.column is not None:
            if series.column < width:
                sketches[name].update(columns[series.column])
        elif series.part == CONFIDENCE:
            sketches[name].update(row_confidence(block))
        else:
            summaries = row_summaries(block) if summaries is None else summaries
            place = SUMMARIES.index(series.part)
            # Places drawn for rows of another length say nothing about these: that counts as missing.
            comparable = width == series.width or not series.part.startswith("projection")
            sketches[name].update(summaries[place] if comparable else np.full(len(block), np.nan))


def row_confidence(block: Array) -> Array:
    """For each row the largest of its values, or the larger of p and 1 - p where it has one; NaN unless all are in
    [0, 1]. As serin.serving.confidence, which looks at the first row alone."""
    low, high = block.min(axis=1), block.max(axis=1)
    value = np.maximum(high, 1 - high) if block.shape[1] == 1 else high
    return np.where((low >= 0) & (high <= 1), value, np.nan)
