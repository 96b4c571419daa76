"""How much did a baseline vary by itself, in which seasons, and how good were its predictions at each score?

A second document beside the baseline's sketch, which only the watching functions read: serving never does.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from serin.drift.baseline import Baseline
from serin.drift.calendar import Places, Stretch
from serin.drift.packing import packed, unpacked
from serin.drift.score_quality import ScoreQuality
from serin.drift.series import Array, fresh
from serin.errors import InvalidInput
from serin.stats.numeric_bins import Floats

__all__ = ["Observed", "Seasons"]

_SCHEMA = 1
_MOST_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Observed:
    """The values of one series, and the places of their rows in the whole data."""

    key: str
    values: Array
    rows: Places


@dataclass(frozen=True)
class Seasons:
    """`baseline` is the digest of the sketch to which it belongs. `counts` are by series, a line for each stretch:
    first the windows, in the order of time, then the profiles. `quality` is None where no outcomes were given.
    """

    baseline: str
    stretches: tuple[Stretch, ...] = ()
    counts: Mapping[str, Floats] | None = None
    quality: ScoreQuality | None = None

    @classmethod
    def of(
        cls, baseline: Baseline, cut: Sequence[tuple[Stretch, Places]], observed: Iterable[Observed],
        quality: ScoreQuality | None = None,
    ) -> "Seasons":  # fmt: skip
        """`cut` is what `calendar.stretches` makes of the whole data's times; empty where the data has no time."""
        if not cut:
            return cls(baseline.digest, quality=quality)
        counts = {}
        for one in observed:
            chosen = [one.values[_among(places, one.rows)] for _, places in cut]
            sketches = [fresh(baseline.series[one.key]).update(values) for values in chosen]
            counts[one.key] = np.array([sketch.counts for sketch in sketches], np.float64)
        return cls(baseline.digest, tuple(stretch for stretch, _ in cut), counts, quality)

    @property
    def windows(self) -> tuple[Stretch, ...]:
        return tuple(one for one in self.stretches if one.start is not None)

    def to_bytes(self) -> bytes:
        """Compressed; the same for the same content."""
        counts = {key: packed(lines.astype(np.int64)) for key, lines in (self.counts or {}).items()}
        document = {
            "schema": _SCHEMA,
            "baseline": self.baseline,
            "stretches": [one.to_dict() for one in self.stretches],
            "counts": counts,
            "quality": self.quality.to_dict() if self.quality else None,
        }
        return zlib.compress(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))

    @classmethod
    def from_bytes(cls, data: bytes, baseline: Baseline) -> "Seasons":
        """Raises InvalidInput when the bytes are no such document, or that of another baseline."""
        try:
            document = orjson.loads(zlib.decompressobj().decompress(data, _MOST_BYTES))
            if document["schema"] != _SCHEMA:
                raise ValueError(f"its form {document['schema']!r} is not {_SCHEMA}, which is read here.")
            if document["baseline"] != baseline.digest:
                raise ValueError(f"it is of the baseline {document['baseline']!r}, not of {baseline.digest}.")
            cut = tuple(Stretch(**one) for one in document["stretches"])
            counts = {key: unpacked(one) for key, one in document["counts"].items()} or None
            _check(counts or {}, baseline, len(cut))
            return cls(baseline.digest, cut, counts, _quality(document["quality"], baseline))
        except (zlib.error, orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(
                f"the document is not a baseline's seasons: {error}. Register the version again."
            ) from None


def _among(places: Places, rows: Places) -> Places:
    """Where among `rows`, which rise, these places are, as far as they are."""
    if rows.size and rows[-1] == rows.size - 1:
        return places  # all rows: looking for them among a million takes longer than all the rest
    return np.flatnonzero(np.isin(rows, places, assume_unique=True))


def _check(counts: Mapping[str, Floats], baseline: Baseline, stretched: int) -> None:
    if stretched and counts.keys() != baseline.series.keys():
        raise ValueError("not all of the baseline's series are in it.")
    for key, lines in counts.items():
        if lines.shape != (stretched, baseline.sketches[key].counts.size) or (lines < 0).any():
            raise ValueError(f"the counts of {key} are not of {stretched} stretches in the baseline's slots.")


def _quality(document: Mapping[str, Any] | None, baseline: Baseline) -> ScoreQuality | None:
    if document is None:
        return None
    return ScoreQuality.from_dict(document, baseline.sketches[document["key"]].counts.size)
