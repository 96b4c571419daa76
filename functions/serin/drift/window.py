"""What was seen in a slice of time, in few enough bytes to keep it for years?

Requests are only noted while they come in, by reference, and sketched together later: a microsecond a row instead of
thirty. Windows add up over sandboxes and minutes; each knows who wrote what is in it, so that nothing counts twice.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from serin.drift.baseline import Baseline, read_sketch
from serin.drift.series import Array, Sketch, fill, fresh
from serin.errors import InvalidInput

__all__ = ["Part", "WindowSketch"]

Part = tuple[str, int]
"""Who wrote it (a sandbox), and which of the writer's objects it is."""
_SCHEMA = 1
_MOST_BYTES = 256 * 2**20


class WindowSketch:
    """`start` and `end` are the wall clock of its first and last rows; `rows` counts them also before they are settled.

    `lost` counts rows that were served and are in no window, as far as its writers know. A sandbox that is killed can
    tell nobody: the rows that it had not written yet are missing here, and are there in the metric `Rows` only.
    """

    def __init__(
        self, baseline: Baseline, parts: Iterable[Part], *, start: float | None = None, end: float | None = None,
        rows: int = 0, lost: int = 0, sketches: Mapping[str, Sketch] | None = None,
    ) -> None:  # fmt: skip
        self.baseline, self.parts = baseline, frozenset(parts)
        self.start, self.end, self.rows, self.lost = start, end, rows, lost
        self._sketches = _empty(baseline) if sketches is None else dict(sketches)
        self._deferred: list[tuple[Mapping[str, Array], Mapping[str, Array], int]] = []
        self._waiting = 0

    @classmethod
    def of(cls, baseline: Baseline, writer: str, sequence: int) -> "WindowSketch":
        """An empty one."""
        return cls(baseline, [(writer, sequence)])

    def observe(self, feeds: Mapping[str, Array], scores: Mapping[str, Array], rows: int, at: float) -> None:
        """Note a request's inputs and outputs, which must not change any more. The confidence is found in `scores`."""
        self._deferred.append((feeds, scores, rows))
        self._waiting += rows
        self.rows += rows
        self.start = at if self.start is None else min(self.start, at)
        self.end = at if self.end is None else max(self.end, at)

    @property
    def waiting(self) -> int:
        """Rows that are noted and not sketched yet."""
        return self._waiting

    @property
    def sketches(self) -> Mapping[str, Sketch]:
        """By the keys of the baseline's series, of what is settled."""
        return self._sketches

    def settle(self) -> None:
        """Sketch what is noted: all of it, or else it counts as lost and the error is raised."""
        deferred, waiting = self._deferred, self._waiting
        self._deferred, self._waiting = [], 0
        if not deferred:
            return
        try:
            found = _empty(self.baseline)
            feeds, scores, rows = zip(*deferred, strict=True)
            for (is_output, tensor), watched in self.baseline.by_tensor.items():
                for block in _blocks(scores if is_output else feeds, rows, tensor):
                    fill(found, watched, block)
        except Exception:
            self.rows, self.lost = self.rows - waiting, self.lost + waiting
            raise
        self._sketches = _sum(self._sketches, found)

    def __add__(self, other: "WindowSketch") -> "WindowSketch":
        """Raises ValueError for windows of different baselines, and where both hold the same part."""
        if self.baseline.digest != other.baseline.digest:
            raise ValueError("Windows of different baselines don't add up.")
        if twice := self.parts & other.parts:
            raise ValueError(f"Both windows hold part {min(twice)}: it would count twice.")
        self.settle()
        other.settle()
        starts = [one.start for one in (self, other) if one.start is not None]
        ends = [one.end for one in (self, other) if one.end is not None]
        return WindowSketch(
            self.baseline,
            self.parts | other.parts,
            start=min(starts, default=None),
            end=max(ends, default=None),
            rows=self.rows + other.rows,
            lost=self.lost + other.lost,
            sketches=_sum(self._sketches, other.sketches),
        )

    def to_bytes(self) -> bytes:
        """Settled and compressed; the same for the same content. The bins are in the baseline's document."""
        self.settle()
        parts: dict[str, list[int]] = {}
        for writer, sequence in sorted(self.parts):
            parts.setdefault(writer, []).append(sequence)
        document = {
            "schema": _SCHEMA,
            "baseline": self.baseline.digest,
            "parts": parts,
            "start": self.start,
            "end": self.end,
            "rows": self.rows,
            "lost": self.lost,
            "sketches": {key: sketch.to_dict() for key, sketch in self._sketches.items()},
        }
        return zlib.compress(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))

    @classmethod
    def from_bytes(cls, data: bytes, baseline: Baseline) -> "WindowSketch":
        """Raises InvalidInput when the bytes are no window, or one of another baseline."""
        document = _document(data)
        try:
            if document["schema"] != _SCHEMA:
                raise ValueError(f"its form {document['schema']!r} is not {_SCHEMA}, which is read here.")
            if document["baseline"] != baseline.digest:
                raise ValueError(f"it is of the baseline {document['baseline']!r}, not of {baseline.digest}.")
            parts = [(writer, int(number)) for writer, numbers in document["parts"].items() for number in numbers]
            sketches = {key: read_sketch(document["sketches"][key], one) for key, one in baseline.series.items()}
            start, end = (None if document[name] is None else float(document[name]) for name in ("start", "end"))
            rows, lost = int(document["rows"]), int(document["lost"])
            return cls(baseline, parts, start=start, end=end, rows=rows, lost=lost, sketches=sketches)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"not a window of this model version: {error}") from None


def _document(data: bytes) -> dict[str, Any]:
    """Bounded: few bytes can't fill the memory."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(data, _MOST_BYTES)
        document = orjson.loads(text) if stream.eof and not stream.unused_data else None
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise InvalidInput(f"not a window: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInput("not a window: the bytes are not one whole compressed JSON object")
    return document


def _empty(baseline: Baseline) -> dict[str, Sketch]:
    return {key: fresh(series) for key, series in baseline.series.items()}


def _sum(one: Mapping[str, Sketch], other: Mapping[str, Sketch]) -> dict[str, Sketch]:
    # One baseline gives a key's sketches one kind, which the type of a mapping can't say.
    return {key: sketch + other[key] for key, sketch in one.items()}  # type: ignore[operator] # see above


def _blocks(requests: Sequence[Mapping[str, Array]], rows: Sequence[int], tensor: str) -> list[Array]:
    """All rows of a tensor, a line each: nearly always what the requests hold, end to end."""
    try:
        block = np.concatenate([tensors[tensor] for tensors in requests])
        if block.ndim == 2 and len(block) == sum(rows) and block.size:
            return [block]
    except (KeyError, ValueError):
        pass
    return _odd_blocks(requests, rows, tensor)


def _odd_blocks(requests: Sequence[Mapping[str, Array]], rows: Sequence[int], tensor: str) -> list[Array]:
    """Not every request asks for every output, and rows may differ in length, which gives several blocks. A tensor that
    has not a line for each of the request's rows is one row."""
    by_width: dict[int, list[Array]] = {}
    for tensors, number in zip(requests, rows, strict=True):
        array = tensors.get(tensor)
        if array is not None and array.size:
            lines = array.reshape(number if array.ndim and array.shape[0] == number else 1, -1)
            by_width.setdefault(lines.shape[1], []).append(lines)
    return [np.concatenate(arrays) for arrays in by_width.values()]
