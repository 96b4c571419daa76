"""What happened in this sandbox: one CloudWatch EMF line at most once a second, at once for an error and
for a request that comes alone. Counts that wait are written with the next request."""

import sys
import time
from collections.abc import Callable
from typing import Any

import orjson

__all__ = ["Metrics"]

_MAX_VALUES = 100  # EMF takes 100 values per metric and line
_COUNTS = ("Invocations", "Errors4xx", "Errors5xx", "ModelRefusals", "OverBudget", "Rows")


class Metrics:
    """Not thread-safe: only the after-response thread records (or the handler, where there is none)."""

    def __init__(
        self, *, stage: str, model: str, release: str, budget_ms: float,
        write: Callable[[str], object] | None = None, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._labels = {"Model": model, "Release": release}
        self._namespace = f"Serin/{stage}"
        self._budget_ms, self._write, self._clock = budget_ms, write or _print, clock
        self._latencies: list[float] = []
        self._counts = dict.fromkeys(_COUNTS, 0)
        self._began = self._flushed = 0.0

    def record(self, status: int, latency_ms: float, rows: int, refused: bool = False) -> None:
        now = self._clock()
        if not self._latencies:
            self._began = now
        counts = self._counts
        counts["Invocations"] += 1
        counts["Rows"] += rows
        counts["Errors4xx"] += 400 <= status < 500
        counts["Errors5xx"] += status >= 500
        counts["ModelRefusals"] += refused
        counts["OverBudget"] += latency_ms > self._budget_ms
        self._latencies.append(round(latency_ms, 3))
        if status >= 400 or now - self._flushed >= 1 or len(self._latencies) == _MAX_VALUES:
            self.flush()

    def flush(self) -> None:
        if not self._latencies:
            return
        self._write(orjson.dumps(self._line()).decode() + "\n")
        self._flushed = self._clock()
        self._latencies = []
        self._counts = dict.fromkeys(_COUNTS, 0)

    def _line(self) -> dict[str, Any]:
        metrics = [{"Name": name, "Unit": "Count", "StorageResolution": 1} for name in _COUNTS]
        metrics.append({"Name": "Latency", "Unit": "Milliseconds", "StorageResolution": 1})
        directive = {"Namespace": self._namespace, "Dimensions": [list(self._labels)], "Metrics": metrics}
        emf = {"Timestamp": int(self._began * 1000), "CloudWatchMetrics": [directive]}
        return {"_aws": emf, **self._labels, **self._counts, "Latency": self._latencies}


def _print(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
