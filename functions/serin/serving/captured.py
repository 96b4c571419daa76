"""What is kept of a prediction? One JSON document a row, in the form of the table that it is queried by. Features that
the manifest declares sensitive are dropped, or hashed with a key, before anything leaves the sandbox."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hmac import digest
from typing import Any, NamedTuple

import numpy as np
import orjson

from serin.errors import InvalidModel
from serin.outcomes.receipts import identity_of
from serin.serving.places import Place, place_of
from serin.serving.scores import score_of
from serin.serving.signature import Signature
from serin.serving.tensors import DATATYPES, Array

__all__ = ["COLUMNS", "Prediction", "Records"]

COLUMNS: Mapping[str, str] = {
    "predicted_at": "timestamp",
    "version": "int",
    "release": "string",
    "receipt": "string",
    "row_index": "int",
    "client": "string",
    "latency_ms": "double",
    "score": "double",
    "numbers": "map<string,double>",
    "texts": "map<string,string>",
    "outputs": "map<string,array<double>>",
    "labels": "map<string,string>",
}
"""Each column with its type in Glue. Releases differ in features, the table does not: hence the maps."""

_LONGEST = 1000  # characters of a text
_WIDEST = 64  # values a row of an output
_HASH_BYTES = 8


class Prediction(NamedTuple):
    """One request with its answer. `at` is in seconds since 1970; `receipts` are one for all, one a row, or none."""

    feeds: Mapping[str, Array]
    outputs: Mapping[str, Array]
    rows: int
    at: float
    latency_ms: float
    client: str
    receipts: Sequence[str]


class Records:
    """`numbers`, `texts` and `hashed` say where the features are that are kept, and how."""

    def __init__(
        self, release: Mapping[str, Any], score: str | None, *, numbers: Mapping[str, Place],
        texts: Mapping[str, Place], hashed: Mapping[str, Place], key: bytes,
    ) -> None:  # fmt: skip
        self._release, self._score, self._key = release, score, key
        self._numbers, self._texts, self._hashed = numbers, texts, hashed

    @classmethod
    def from_manifest(
        cls, manifest: Mapping[str, Any], signature: Signature, *, version: int, release: str, score: str | None,
        key: bytes,
    ) -> "Records":  # fmt: skip
        """Raises InvalidModel when the manifest's features can't be read. Without a key nothing is kept of what has to
        be hashed."""
        kept: dict[str, dict[str, Place]] = {"numbers": {}, "texts": {}, "hashed": {}}
        for name, kind, place in _kept(manifest, signature):
            if kind != "hashed" or key:
                kept[kind][name] = place
        return cls({"version": version, "release": release}, score, key=key, **kept)

    def of(self, prediction: Prediction, rows: Sequence[int]) -> Iterator[bytes]:
        """Of these rows, counted from 0."""
        return map(orjson.dumps, self.documents(prediction, rows))

    def documents(self, prediction: Prediction, rows: Sequence[int]) -> Iterator[dict[str, Any]]:
        """By the names of COLUMNS."""
        index, feeds = np.asarray(rows, np.intp), prediction.feeds
        numbers = _columns(self._numbers, feeds, index, prediction.rows)
        texts = _columns(self._texts, feeds, index, prediction.rows)
        secrets = _columns(self._hashed, feeds, index, prediction.rows)
        outputs, labels = _outputs(prediction.outputs, index, prediction.rows)
        common = {"predicted_at": _time(prediction.at), **self._release, "client": prediction.client}
        common["latency_ms"] = round(prediction.latency_ms, 3)
        scores = self._scores(prediction)
        for place, row in enumerate(rows):
            shown = {name: _shortened(values[place]) for name, values in texts.items()}
            shown |= {name: self._hash(values[place]) for name, values in secrets.items()}
            yield {
                **common, **_receipt(prediction.receipts, row), "score": None if scores is None else float(scores[row]),
                "numbers": {name: values[place] for name, values in numbers.items()}, "texts": shown,
                "outputs": {name: values[place] for name, values in outputs.items()},
                "labels": {name: _shortened(values[place]) for name, values in labels.items()},
            }  # fmt: skip

    def _scores(self, prediction: Prediction) -> Any:
        array = prediction.outputs.get(self._score) if self._score else None
        return None if array is None else score_of(array, prediction.rows)

    def _hash(self, value: Any) -> str | None:
        """The same value gives the same text as long as the key is the same. What is missing stays missing."""
        if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
            return None
        return digest(self._key, str(value).encode("utf-8", "replace"), "sha256")[:_HASH_BYTES].hex()


def _kept(manifest: Mapping[str, Any], signature: Signature) -> Iterator[tuple[str, str, Place]]:
    """Name, how it is kept, and where it is, of each feature that may be."""
    try:
        features = [(str(one["name"]), str(one.get("sensitive", ""))) for one in manifest["features"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidModel(f"the manifest's features can't be read: {error!r}") from None
    names = [name for name, _ in features]
    texts = {spec.name for spec in signature.inputs if DATATYPES[spec.datatype].dtype.kind == "O"}
    for name, sensitive in features:
        place = place_of(name, names, signature)
        if place is not None and sensitive in ("", "hash"):
            yield name, "hashed" if sensitive else "texts" if place[0] in texts else "numbers", place


def _columns(places: Mapping[str, Place], feeds: Mapping[str, Array], index: Array, rows: int) -> dict[str, list[Any]]:
    """The values of the chosen rows; without those that have not one value a row, such as an image."""
    found = {}
    for name, (tensor, column) in places.items():
        array = feeds[tensor]
        if column is not None:
            array = array[:, column] if array.ndim == 2 and column < array.shape[1] else array[:0]
        if array.size == rows:
            found[name] = _plain(array.reshape(-1)[index])
    return found


def _outputs(outputs: Mapping[str, Array], index: Array, rows: int) -> tuple[dict[str, Any], dict[str, Any]]:
    numbers, labels = {}, {}
    for name, array in outputs.items():
        if not array.size or array.size % rows or array.size // rows > _WIDEST:
            continue
        lines = array.reshape(rows, -1)[index]
        if array.dtype.kind != "O":
            numbers[name] = _plain(lines)
        elif lines.shape[1] == 1:
            labels[name] = lines[:, 0].tolist()
    return numbers, labels


def _plain(array: Array) -> list[Any]:
    """Numbers as float64, also whole ones and booleans: the table knows no other."""
    values: list[Any] = array.tolist() if array.dtype.kind == "O" else array.astype(np.float64).tolist()
    return values


def _receipt(receipts: Sequence[str], row: int) -> dict[str, Any]:
    """As an outcome names the row: the receipt's id, and its place among the rows that the receipt covers."""
    if not receipts:
        return {"receipt": None, "row_index": row}
    alone = len(receipts) > 1
    return {"receipt": identity_of(receipts[row if alone else 0]), "row_index": 0 if alone else row}


def _shortened(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
