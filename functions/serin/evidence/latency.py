"""How long does one run of the loaded model take, beside the one that is live? They take turns on the same machine, so
that what else it does hits both."""

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

import numpy as np

from serin.evidence.evaluation import Latency
from serin.serving.session import Model
from serin.serving.tensors import Array

__all__ = ["FEWEST_RUNS", "Run", "machine", "of_model", "summary", "take_turns", "turns"]

FEWEST_RUNS, _MOST_RUNS = 100, 2000
_PATIENCE_NS = 5_000_000_000
_WARM_UP = 20

Run = Callable[[int], object]
"""Runs the model on the i-th batch."""


def of_model(model: Model, feeds: Sequence[Mapping[str, Array]]) -> Run:
    """Batch after batch, from the first again at their end."""
    names = [spec.name for spec in model.signature.outputs]
    return lambda number: model.run(names, feeds[number % len(feeds)])


def take_turns(
    models: Sequence[Run], batch: int, clock: Callable[[], int] = time.perf_counter_ns
) -> tuple[Latency, ...]:
    """One for each model. It ends after 2,000 runs of each, or after five seconds and a hundred runs."""
    return tuple(summary(times, batch) for times in turns(models, clock))


def turns(
    models: Sequence[Run],
    clock: Callable[[], int] = time.perf_counter_ns,
    *,
    fewest: int = FEWEST_RUNS,
    most: int = _MOST_RUNS,
    patience_ns: int = _PATIENCE_NS,
) -> list[list[int]]:
    """Nanoseconds of each run, of each model: the i-th runs of all lie side by side."""
    for number in range(_WARM_UP):
        for model in models:
            model(number)
    taken: list[list[int]] = [[] for _ in models]
    began, number = clock(), 0
    while number < fewest or (number < most and clock() - began < patience_ns):
        for times, model in zip(taken, models, strict=True):
            start = clock()
            model(number)
            times.append(clock() - start)
        number += 1
    return taken


def summary(nanoseconds: Sequence[int], batch: int) -> Latency:
    p50, p99 = np.percentile(np.array(nanoseconds) / 1e6, [50, 99]).tolist()
    return Latency(batch, round(p50, 4), round(p99, 4), len(nanoseconds))


def machine() -> str:
    """In words: where it was measured, which is not where it will be served."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, one thread, "
        f"onnxruntime {version('onnxruntime')}"
    )
