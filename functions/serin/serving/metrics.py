"""What happened in this sandbox: one CloudWatch EMF line at most once a second, at once for an error and
for a request that comes alone. Counts that wait are written with the next request, or when the sandbox ends."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any

import numpy as np
import orjson

from serin.serving.confidence import Confidence
from serin.serving.tensors import Array

__all__ = ["Metrics"]

_MAX_VALUES = 100  # EMF takes 100 values per metric and line
_COUNTS = (
    "Invocations", "Errors4xx", "Errors5xx", "ModelRefusals", "Failures", "OverBudget", "Rows",
    "Predictions", "InvalidOutputs",
)  # fmt: skip


class Metrics:
    """One thread records; `flush` may be called from another. Failures, what is ours to answer for, are errors 5xx
    and the model's refusals; they are also there per model, for alarms that outlive a release. Without a
    `confidence` the line has no LowConfidence."""

    def __init__(
        self, *, stage: str, model: str, release: str, budget_ms: float, confidence: Confidence | None = None,
        write: Callable[[str], object] | None = None, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._labels = {"Model": model, "Release": release}
        self._budget_ms, self._confidence = budget_ms, confidence
        self._write, self._clock = write or _print, clock
        self._names = (*_COUNTS, "LowConfidence") if confidence else _COUNTS
        self._directives = _directives(f"Serin/{stage}", self._names)
        self._lock = Lock()
        self._latencies: list[float] = []
        self._counts = dict.fromkeys(self._names, 0)
        self._began = self._flushed = 0.0

    def record(
        self, status: int, latency_ms: float, rows: int, refused: bool = False,
        outputs: Mapping[str, Array] | None = None,
    ) -> None:  # fmt: skip
        """`outputs` by name are what makes it a prediction. A batch is one observation: see `confidence`."""
        found = {} if outputs is None else self._seen(outputs)
        with self._lock:
            now = self._clock()
            if not self._latencies:
                self._began = now
            self._count(
                Invocations=1, Rows=rows, Errors4xx=400 <= status < 500, Errors5xx=status >= 500, ModelRefusals=refused,
                Failures=refused or status >= 500, OverBudget=latency_ms > self._budget_ms, **found,
            )  # fmt: skip
            self._latencies.append(round(latency_ms, 3))
            if status >= 400 or now - self._flushed >= 1 or len(self._latencies) == _MAX_VALUES:
                self._flush()

    def flush(self) -> None:
        with self._lock:
            self._flush()

    def tell(self, name: str, number: int) -> None:
        """A count that hardly ever is: in a line of its own, at once, so that nobody pays for a metric of zeros."""
        declared = [_declared(name, "Count")]
        directive = {**self._directives[0], "Metrics": declared}
        emf = {"Timestamp": int(self._clock() * 1000), "CloudWatchMetrics": [directive]}
        with self._lock:
            self._write(orjson.dumps({"_aws": emf, **self._labels, name: number}).decode() + "\n")

    def _seen(self, outputs: Mapping[str, Array]) -> dict[str, int]:
        found = {"Predictions": 1, "InvalidOutputs": int(not _all_finite(outputs.values()))}
        if self._confidence:
            found["LowConfidence"] = int(self._confidence.is_low(outputs))
        return found

    def _count(self, **more: int) -> None:
        for name, number in more.items():
            self._counts[name] += number

    def _flush(self) -> None:
        if not self._latencies:
            return
        self._write(orjson.dumps(self._line()).decode() + "\n")
        self._flushed = self._clock()
        self._latencies = []
        self._counts = dict.fromkeys(self._names, 0)

    def _line(self) -> dict[str, Any]:
        emf = {"Timestamp": int(self._began * 1000), "CloudWatchMetrics": self._directives}
        return {"_aws": emf, **self._labels, **self._counts, "Latency": self._latencies}


def _directives(namespace: str, counts: Iterable[str]) -> list[dict[str, Any]]:
    by_release = [_declared(name, "Count") for name in counts] + [_declared("Latency", "Milliseconds")]
    return [
        {"Namespace": namespace, "Dimensions": [["Model", "Release"]], "Metrics": by_release},
        {"Namespace": namespace, "Dimensions": [["Model"]], "Metrics": [_declared("Failures", "Count")]},
    ]


def _declared(name: str, unit: str) -> dict[str, Any]:
    return {"Name": name, "Unit": unit, "StorageResolution": 1}


def _all_finite(arrays: Iterable[Array]) -> bool:
    return all(np.isfinite(array).all() for array in arrays if array.dtype.kind == "f")


def _print(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
