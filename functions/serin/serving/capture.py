"""Which predictions are kept, so that months later somebody can ask what was predicted for whom? A share of the rows,
up to so many an hour, drawn and sent after the response. Nothing here can fail or delay a request; rows that were drawn
and could not be sent are counted as lost."""

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from serin.serving.allowance import Allowance
from serin.serving.batches import batches
from serin.serving.captured import Prediction, Records

__all__ = ["Capture", "Send"]

Send = Callable[[bytes], object]
"""Delivers JSON documents, one a line; raises where it can't."""
_ROWS, _BYTES = 500, 512 * 1024
_LARGEST = 900 * 1024  # Firehose takes 1,000 KiB in one record
_ASKS_EVERY = 5
_log = logging.getLogger(__name__)


class Capture:
    """`share` is a probability for each row, `hourly_rows` the most that this sandbox keeps in an hour.

    A lone record is sent at once; others wait for `every_s` seconds, for the next request after it, or the shutdown. So
    a sandbox that is killed loses what it kept since its last sending.

    Before a sending, but not more often than every fifth `every_s`, it asks whether the endpoint has to save; if so,
    what waits is dropped, and nothing is kept until it may ask again. Where it gets no answer, all goes on as before.
    """

    def __init__(
        self, records: Records, send: Send, *, share: float, hourly_rows: int, every_s: float = 60.0,
        on_loss: Callable[[int], object] = lambda _: None, clock: Callable[[], float] = time.time,
        frugal: Callable[[], bool] | None = None,
    ) -> None:  # fmt: skip
        self._records, self._send, self._on_loss, self._clock = records, send, on_loss, clock
        self._share, self._allowance, self._every_s = share, Allowance(hourly_rows), every_s
        self._frugal, self._saves, self._ask_at = frugal, False, 0.0
        # Seeded with the first request: sandboxes from one snapshot would draw the same rows.
        self._random: np.random.Generator | None = None
        self._lock = Lock()
        self._waiting: list[bytes] = []
        self._bytes, self._sent_at = 0, 0.0

    def observe(self, prediction: Prediction) -> None:
        """Never raises."""
        with self._lock:
            if self._saves and self._clock() < self._ask_at:
                return
            rows = self._draw(prediction.rows)
            if rows:
                self._keep(prediction, rows)
            if self._waiting and self._is_due():
                self._deliver()

    def flush(self) -> None:
        """Send what waits. Never raises."""
        with self._lock:
            if self._waiting:
                self._deliver()

    def _draw(self, rows: int) -> Sequence[int]:
        if self._random is None:
            self._random = np.random.default_rng(secrets.randbits(128))
        left = self._allowance.left(self._clock())
        if rows == 1:
            return (0,) if left and self._random.random() < self._share else ()
        drawn = np.flatnonzero(self._random.random(rows) < self._share)
        if len(drawn) > left:
            drawn = np.sort(self._random.permutation(drawn)[:left])
        chosen: list[int] = drawn.tolist()
        return chosen

    def _keep(self, prediction: Prediction, rows: Sequence[int]) -> None:
        self._allowance.spend(len(rows))
        try:
            documents = list(self._records.of(prediction, rows))
        except Exception as error:
            self._lose(len(rows), error)
            return
        self._waiting += documents
        self._bytes += sum(map(len, documents))

    def _is_due(self) -> bool:
        full = len(self._waiting) >= _ROWS or self._bytes >= _BYTES
        return full or self._clock() - self._sent_at >= self._every_s

    def _deliver(self) -> None:
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        self._sent_at = self._clock()
        if self._has_to_save():
            return
        # Together they cost less: Firehose counts each record as 5 KB at least.
        for batch in batches(waiting, largest=_LARGEST, most=len(waiting)):
            try:
                self._send(b"".join(line + b"\n" for line in batch))
            except Exception as error:
                self._lose(len(batch), error)

    def _has_to_save(self) -> bool:
        if self._frugal is not None and self._clock() >= self._ask_at:
            self._ask_at = self._clock() + _ASKS_EVERY * self._every_s
            try:
                self._saves = self._frugal()
            except Exception as error:
                _log.warning("whether to save is not known, capture goes on as before: %s", error)
        return self._saves

    def _lose(self, rows: int, error: Exception) -> None:
        _log.warning("%d captured rows are lost: %s: %s", rows, type(error).__name__, error)
        try:
            self._on_loss(rows)
        except Exception:
            _log.exception("lost rows could not be counted")
