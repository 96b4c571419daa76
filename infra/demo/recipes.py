"""What is trained on what, and how does it come about while something else plays?"""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from infra.demo import faults, training

__all__ = ["BETTER", "FIRST", "MIXED", "Recipe", "Trainer", "training_aside"]


def _as_served(rows: np.ndarray) -> np.ndarray:
    return rows


@dataclass(frozen=True)
class Recipe:
    """What the training is told. `prepare` is the training pipeline's own step."""

    months: tuple[int, ...]
    prepare: Callable[[np.ndarray], np.ndarray] = _as_served

    @property
    def period(self) -> str:
        return f"{_MONTHS[self.months[0]]} to {_MONTHS[self.months[-1]]}"


_MONTHS = {1: "January", 2: "February", 4: "April"}

FIRST = Recipe((1, 2))
BETTER = Recipe((1, 2, 3, 4))
MIXED = Recipe((1, 2, 3, 4), faults.mixed_units)


@dataclass
class Trainer:
    """One training after the other, in a process beside the rehearsal, which waits for little else but for others."""

    _process: ProcessPoolExecutor
    _begun: dict[Recipe, Future[tuple[training.Trained, float]]] = field(default_factory=dict)

    def begin(self, *recipes: Recipe) -> None:
        """As soon as those begun before are done; none is begun twice."""
        for recipe in recipes:
            if recipe not in self._begun:
                self._begun[recipe] = self._process.submit(_train, recipe)

    def trained(self, recipe: Recipe) -> tuple[training.Trained, float]:
        """With the seconds that it took. Raises what the training raises."""
        self.begin(recipe)
        return self._begun[recipe].result()

    def settle(self) -> None:
        """Returns when nothing is trained any more."""
        wait(self._begun.values())


@contextmanager
def training_aside() -> Iterator[Trainer]:
    """At the end what has not begun is left. Ctrl-C is for the rehearsal, which ends this too."""
    process = ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        yield Trainer(process)
    finally:
        process.shutdown(cancel_futures=True)


def _train(recipe: Recipe) -> tuple[training.Trained, float]:
    began = time.perf_counter()
    trained = training.train(recipe.months, prepare=recipe.prepare)
    return trained, round(time.perf_counter() - began, 1)
