"""What did stretches of a baseline look like that are as long as the window to be judged? Its own windows, joined."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serin.drift.calendar import Stretch
from serin.drift.seasons import Seasons
from serin.stats.numeric_bins import Floats
from serin.stats.prediction_bound import LEAST

__all__ = ["Blocks", "blocks"]

_ENOUGH = 16


@dataclass(frozen=True)
class Blocks:
    """`counts` by series, a line a block; `size` windows are in each, `seconds` is how long one is as a rule.

    `hours` are the counts of the hours' profiles where the window is much shorter than a block, else empty.
    """

    stretches: tuple[Stretch, ...]
    counts: Mapping[str, Floats]
    size: int
    seconds: float
    hours: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.stretches)


def blocks(seasons: Seasons, seconds: float) -> Blocks | None:
    """As long as `seconds` if that leaves sixteen of them, else as long as that allows: shorter stretches vary more, so
    they allow too much rather than too little, and of few the limit is far out. None for fewer than eight windows."""
    windows, counts = seasons.windows, seasons.counts
    if len(windows) < LEAST or counts is None:
        return None
    length = float(np.median([(one.end or 0.0) - (one.start or 0.0) for one in windows]))
    size = max(1, min(int(np.ceil(seconds / length - 0.25)), len(windows) // _ENOUGH))
    number = len(windows) // size
    joined = {key: lines[: number * size].reshape(number, size, -1).sum(axis=1) for key, lines in counts.items()}
    whole = tuple(_join(windows[at * size], windows[at * size + size - 1]) for at in range(number))
    return Blocks(whole, joined, size, length * size, _hours(seasons, counts) if seconds < length / 2 else {})


def _join(first: Stretch, last: Stretch) -> Stretch:
    return first if first == last else Stretch(f"{first.label} to {last.label}", first.start, last.end)


def _hours(seasons: Seasons, counts: Mapping[str, Floats]) -> dict[str, Floats]:
    places = [at for at, one in enumerate(seasons.stretches) if one.start is None and "h to " in one.label]
    return {key: lines[places] for key, lines in counts.items()} if places else {}
