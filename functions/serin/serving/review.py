"""Which predictions does a person look at? Rows of which the model is not sure enough are marked in the answer, and go
to the endpoint's queue right after it. Nothing here can fail or delay a request; what could not be sent is counted."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import orjson

from serin.serving.allowance import Allowance
from serin.serving.batches import batches
from serin.serving.captured import Prediction, Records
from serin.serving.codec import InferRequest
from serin.serving.confidence import Confidence, row_confidences
from serin.serving.tensors import Array

__all__ = ["Reviews", "SendReviews"]

SendReviews = Callable[[Sequence[str]], int]
"""Delivers up to ten JSON documents, and says how many of them were not taken; raises where none was."""
_MOST_ROWS = 100  # of one request
_BATCH, _LARGEST = 10, 256 * 1024  # what SQS takes at once, in one message or several
_log = logging.getLogger(__name__)


class Reviews:
    """`hourly_rows` is the most that this sandbox hands over in an hour; a person has `deadline_s` seconds for each.

    `on_loss` is told how many could not be sent, `on_skip` how many were too many. Nothing waits for later requests, as
    captured rows do: a person waits for it.
    """

    def __init__(
        self, records: Records, confidence: Confidence, send: SendReviews, *, model: str, deadline_s: float,
        hourly_rows: int, on_loss: Callable[[int], object] = lambda _: None,
        on_skip: Callable[[int], object] = lambda _: None, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._records, self._confidence, self._send, self._model = records, confidence, send, model
        self._deadline_s, self._allowance = deadline_s, Allowance(hourly_rows)
        self._on_loss, self._on_skip, self._clock = on_loss, on_skip, clock
        self._lock, self._warned = Lock(), 0

    def mark(self, parameters: dict[str, Any], request: InferRequest, arrays: Sequence[Array]) -> None:
        """In the response's parameters; nothing where the caller did not ask for the probabilities."""
        names, output = request.names, self._confidence.output
        if output not in names:
            return
        rows = self._confidence.unsure(arrays[names.index(output)], request.rows)
        if rows:
            parameters["needs_review"] = True
            if request.rows > 1:
                parameters["review_rows"] = rows[:_MOST_ROWS]

    def observe(self, prediction: Prediction) -> None:
        """Hand over the rows of a prediction that was marked. Never raises."""
        with self._lock:
            rows = self._confidence.unsure(prediction.outputs[self._confidence.output], prediction.rows)
            chosen = rows[: min(_MOST_ROWS, self._allowance.left(self._clock()))]
            self._allowance.spend(len(chosen))
            if len(chosen) < len(rows):
                self._tell(self._on_skip, len(rows) - len(chosen))
            if chosen:
                self._deliver(prediction, chosen)

    def _deliver(self, prediction: Prediction, rows: Sequence[int]) -> None:
        sent = 0
        try:
            documents = [one for one in self._documents(prediction, rows) if len(one) < _LARGEST]
            for batch in batches(documents, largest=_LARGEST, most=_BATCH):
                sent += len(batch) - self._send([document.decode() for document in batch])
            error = "too large, or not taken"
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        if sent < len(rows):
            self._lose(len(rows) - sent, error)

    def _documents(self, prediction: Prediction, rows: Sequence[int]) -> Iterator[bytes]:
        array = prediction.outputs[self._confidence.output]
        confidences = row_confidences(array[list(rows)]).tolist()
        # The clock's, also for a replay: whoever looks at it does so now.
        deadline = datetime.fromtimestamp(self._clock() + self._deadline_s, UTC).isoformat(timespec="milliseconds")
        kept = self._records.documents(prediction, rows)
        for row, one, confidence in zip(rows, kept, confidences, strict=True):
            receipts = prediction.receipts
            receipt = receipts[row if len(receipts) > 1 else 0]
            yield _fitting(self._message(one, receipt) | {"confidence": confidence, "deadline": deadline})

    def _message(self, kept: Mapping[str, Any], receipt: str) -> dict[str, Any]:
        return {
            "id": f"{kept['receipt']}-{kept['row_index']}", "model": self._model, "version": kept["version"],
            "release": kept["release"], "receipt": receipt, "row": kept["row_index"], "at": kept["predicted_at"],
            "score": kept["score"], "inputs": kept["numbers"] | kept["texts"],
            "outputs": kept["outputs"] | kept["labels"],
        }  # fmt: skip

    def _lose(self, rows: int, error: str) -> None:
        minute = int(self._clock() // 60)
        if minute != self._warned:
            self._warned = minute
            _log.warning("%d rows are not reviewed: %s", rows, error)
        self._tell(self._on_loss, rows)

    def _tell(self, count: Callable[[int], object], rows: int) -> None:
        try:
            count(rows)
        except Exception:
            _log.exception("rows that are not reviewed could not be counted")


def _fitting(message: dict[str, Any]) -> bytes:
    """Without the inputs where it would be too large with them: the receipt leads to the rest."""
    document = orjson.dumps(message)
    return document if len(document) < _LARGEST else orjson.dumps({**message, "inputs": None})
