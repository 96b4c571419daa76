"""A model's answers in a process of its own that has the memory limit of a sandbox."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from infra.local.launcher import limit_memory
from serin.errors import BadRequest
from serin.serving import session

__all__ = ["MEMORY_MB", "answers"]

MEMORY_MB = 1024


def answers(model: bytes, requests: Sequence[np.ndarray]) -> list[np.ndarray | tuple[bool, str]]:
    """The probabilities for each request, or whether it is the caller's error and its message."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=limit_memory, initargs=(MEMORY_MB,)) as process:
        return process.submit(_answers, model, requests).result(timeout=60)


def _answers(model: bytes, requests: Sequence[np.ndarray]) -> list[np.ndarray | tuple[bool, str]]:
    loaded = session.load(model)

    def one(rows: np.ndarray) -> np.ndarray | tuple[bool, str]:
        try:
            return loaded.run(["probabilities"], {"X": rows})[0]
        except Exception as error:  # any: the test says which it has to be
            return isinstance(error, BadRequest), str(error)

    return [one(rows) for rows in requests]
