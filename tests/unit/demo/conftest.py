"""The demo's versions, each trained on every fourth flight of its months: it takes a few seconds."""

from pathlib import Path

import numpy as np
import pytest

from infra.demo import faults, flights, training

EVERY = 4
FIRST = 20  # all of them, so that the golden examples are those of the demo


@pytest.fixture(scope="session")
def first() -> training.Trained:
    """Version 1: January and February."""
    return training.fit([1, 2], *_flights(1, 2))


@pytest.fixture(scope="session")
def better() -> training.Trained:
    """Version 2: two months more."""
    return training.fit([1, 2, 3, 4], *_flights(1, 2, 3, 4))


@pytest.fixture(scope="session")
def mixed() -> training.Trained:
    """Version 3: the flights of version 2 in mixed units."""
    features, late, times = _flights(1, 2, 3, 4)
    return training.fit([1, 2, 3, 4], faults.mixed_units(features), late, times)


@pytest.fixture(scope="session")
def folders(
    better: training.Trained, mixed: training.Trained, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """What is given to `serin register` as versions 2, 3 and 4."""
    at = tmp_path_factory.mktemp("flights")
    return {
        "better": training.write_folder(better, at / "2"),
        "mixed": training.write_folder(mixed, at / "3"),
        "exploding": training.write_folder(better, at / "4", rewrite=faults.exploding),
    }


def _flights(*months: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts = [(*flights.month(number), flights.times(number)) for number in months]
    features, late, times = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    rows = np.concatenate([np.arange(FIRST), np.arange(FIRST, len(late), EVERY)])
    return features[rows], late[rows], times[rows]
