"""The demo's versions, each trained on every eighth flight of its months: it takes a few seconds, once a run."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from infra.demo import faults, flights, training
from tests.made_once import made_once

EVERY = 8
FIRST = 20  # all of them, so that the golden examples are those of the demo


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> training.Trained:
    """Version 1: January and February."""
    return _trained(tmp_path_factory, "first", 1, 2)


@pytest.fixture(scope="session")
def better(tmp_path_factory: pytest.TempPathFactory) -> training.Trained:
    """Version 2: two months more."""
    return _trained(tmp_path_factory, "better", 1, 2, 3, 4)


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> training.Trained:
    """Version 3: the flights of version 2 in mixed units."""
    return _trained(tmp_path_factory, "mixed", 1, 2, 3, 4, prepare=faults.mixed_units)


@pytest.fixture(scope="session")
def folders(
    better: training.Trained, mixed: training.Trained, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """What is given to `serin register` as versions 2, 3 and 4."""

    def write(at: Path) -> None:
        training.write_folder(better, at / "better")
        training.write_folder(mixed, at / "mixed")
        training.write_folder(better, at / "exploding", rewrite=faults.exploding)

    at = made_once(tmp_path_factory, "demo-folders", write)
    return {name: at / name for name in ("better", "mixed", "exploding")}


def _trained(
    factory: pytest.TempPathFactory, name: str, *months: int, prepare: Callable[[np.ndarray], np.ndarray] = np.copy
) -> training.Trained:
    def train(at: Path) -> None:
        features, late, times = _flights(*months)
        (at / "trained").write_bytes(pickle.dumps(training.fit(months, prepare(features), late, times)))

    trained: training.Trained = pickle.loads((made_once(factory, f"demo-{name}", train) / "trained").read_bytes())
    return trained


def _flights(*months: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts = [(*flights.month(number), flights.times(number)) for number in months]
    features, late, times = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    rows = np.concatenate([np.arange(FIRST), np.arange(FIRST, len(late), EVERY)])
    return features[rows], late[rows], times[rows]
