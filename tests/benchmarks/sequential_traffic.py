"""What could a day of a canary look like? One function per kind of traffic: what a minute brings to each arm."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Look = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Minute:
    """Requests of each arm, and control's rate of bad ones."""

    control: int
    candidate: int
    rate: float


Traffic = Callable[[int], Minute]


def constant(_minute: int) -> Minute:
    return Minute(900, 100, 0.01)


def steps(minute: int) -> Minute:
    """1 -> 5 -> 25 -> 50 %, six hours each."""
    candidate = (10, 50, 250, 500)[min(minute // 360, 3)]
    return Minute(1000 - candidate, candidate, 0.01)


def diurnal(minute: int) -> Minute:
    """From 100 to 1,900 requests a minute, from 0.2 to 1.8 % bad, and steps on top."""
    wave = np.sin(2 * np.pi * minute / 1440)
    total = int(1000 + 900 * wave)
    candidate = int(total * (0.01, 0.05, 0.25, 0.5)[min(minute // 360, 3)])
    return Minute(total - candidate, candidate, 0.01 + 0.008 * wave)


def outage(minute: int) -> Minute:
    """30 % bad on both arms for half an hour, 10 % for another one."""
    rate = 0.3 if 300 <= minute < 330 else 0.1 if 800 <= minute < 830 else 0.01
    return Minute(900, 100, rate)


def low_counts(_minute: int) -> Minute:
    return Minute(980, 20, 0.0005)


KINDS: dict[str, Traffic] = {
    "constant, 900 + 100 a minute at 1 %": constant,
    "steps 1, 5, 25, 50 % of 1,000 a minute": steps,
    "diurnal, 100 to 1,900 a minute, with steps": diurnal,
    "shared outage, 30 % bad for half an hour": outage,
    "low counts, 980 + 20 a minute at 0.05 %": low_counts,
}


def draw(rng: np.random.Generator, minute: Minute, runs: int, excess: float = 0.0) -> Look:
    """What all runs see in this minute, the candidate being worse than control by `excess`."""
    return (
        rng.binomial(minute.control, minute.rate, runs).astype(float),
        np.full(runs, float(minute.control)),
        rng.binomial(minute.candidate, min(1.0, minute.rate + excess), runs).astype(float),
        np.full(runs, float(minute.candidate)),
    )
