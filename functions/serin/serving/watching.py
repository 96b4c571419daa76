"""What does a sandbox see in a minute? Requests are noted after their responses, sketched together, and written as one
small object a minute. Nothing here can fail or delay a request; rows that could not be kept are counted as lost.

A minute is written with the first request after it, or when the sandbox is let go. So what can be lost without being
counted is what a sandbox saw since its last object, a minute of requests at most, and only if it is killed.
"""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Lock

from serin.drift.baseline import Baseline
from serin.drift.window import WindowSketch
from serin.serving.tensors import Array

__all__ = ["Put", "Watcher", "window_key"]

Put = Callable[[str, bytes], object]
"""Stores an object under its key, once; raises where it can't."""
_ROWS = 4096
_BYTES = 16 * 2**20
_log = logging.getLogger(__name__)


def window_key(model: str, version: int, start: float, writer: str, sequence: int) -> str:
    at = datetime.fromtimestamp(start, UTC)
    return f"windows/{model}/{version}/{at:%Y/%m/%d/%H/%M}-{writer}-{sequence}.z"


class Watcher:
    """`put` writes, `on_loss` is told how many rows were lost. Any thread may call.

    Rows wait for their sketching as they came, 4,096 of them or 16 MB at most.
    """

    def __init__(
        self, baseline: Baseline, put: Put, *, model: str, version: int,
        on_loss: Callable[[int], object] = lambda _: None, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._baseline, self._put, self._on_loss, self._clock = baseline, put, on_loss, clock
        self._model, self._version = model, version
        # Drawn with the first request: sandboxes from one snapshot would share what is drawn before.
        self._writer = ""
        self._lock = Lock()
        self._window: WindowSketch | None = None
        self._sequence = self._minute = self._waiting_bytes = self._lost = self._told = 0

    def observe(
        self, feeds: Mapping[str, Array], outputs: Mapping[str, Array], rows: int, event_time: float | None = None
    ) -> None:
        """Never raises. The arrays must not change any more. A replay has a time of its own, and goes to its minute."""
        with self._lock:
            at = self._clock() if event_time is None else event_time
            minute = int(at // 60)
            if self._window is None or minute != self._minute:
                self._write()
                self._window, self._minute = self._open(), minute
            window = self._window
            window.observe(feeds, outputs, rows, at)
            for array in (*feeds.values(), *outputs.values()):
                self._waiting_bytes += array.nbytes if array.dtype.kind != "O" else sum(map(len, array.ravel()))
            if window.waiting >= _ROWS or self._waiting_bytes >= _BYTES:
                self._settle(window)

    def flush(self) -> None:
        """Write what was seen so far. Never raises."""
        with self._lock:
            self._write()

    def _open(self) -> WindowSketch:
        self._writer = self._writer or secrets.token_hex(6)
        self._sequence += 1
        return WindowSketch.of(self._baseline, self._writer, self._sequence)

    def _settle(self, window: WindowSketch) -> None:
        waiting, self._waiting_bytes = window.waiting, 0
        try:
            window.settle()
        except Exception as error:
            # The window itself counts them.
            self._tell(waiting, error)

    def _write(self) -> None:
        window, self._window = self._window, None
        if window is None:
            return
        self._settle(window)
        window.lost += self._lost
        try:
            key = window_key(self._model, self._version, window.start or 0.0, self._writer, self._sequence)
            self._put(key, window.to_bytes())
            self._lost = 0
        except Exception as error:
            # What this object would have said was lost is lost with it: the next one says both.
            self._lost = window.lost + window.rows
            self._tell(window.rows, error)

    def _tell(self, rows: int, error: Exception) -> None:
        if self._told != self._minute:
            self._told = self._minute
            _log.warning("%d rows are in no window: %s: %s", rows, type(error).__name__, error)
        try:
            self._on_loss(rows)
        except Exception:
            _log.exception("lost rows could not be counted")
