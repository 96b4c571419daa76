"""What did stretches of a baseline look like that are as long as the window to be judged? Its own windows, joined.

Days follow each other like weather, and what comes after the baseline is no neighbour of any of its stretches. So each
is held against the others without a tenth of them on either side, which would flatter it (h-block cross-validation).
Where the baseline covers a year each is held against those of its season, a month to either side in any year: what is
usual in January is not in July.

Source: Burman, Chow & Nolan 1994, "A cross-validatory method for dependent data".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from serin.drift.calendar import Stretch
from serin.drift.seasons import Seasons
from serin.stats.numeric_bins import Floats
from serin.stats.prediction_bound import LEAST

__all__ = ["Blocks", "blocks"]

_ENOUGH = 16
_NEIGHBOURS = 2
_BESIDE = 10
_YEAR, _MONTH, _COVERED = 365.25 * 86_400, 31 * 86_400, 330 * 86_400


@dataclass(frozen=True)
class Blocks:
    """`counts` by series, a line a block; `size` windows are in each, `seconds` is how long one is as a rule.

    `hours` are the counts of the hours' profiles where the window is much shorter than a block, else empty. `near` says
    which blocks are of the season of each, None where the baseline does not cover a year.
    """

    stretches: tuple[Stretch, ...]
    counts: Mapping[str, Floats]
    size: int
    seconds: float
    hours: Mapping[str, Floats]
    near: npt.NDArray[np.bool_] | None = None

    @property
    def beside(self) -> Floats:
        """[block, block]: 1 for itself and the tenth of all blocks on either side of it, else 0."""
        places = np.arange(len(self))
        return np.asarray(np.abs(places[:, None] - places) <= len(self) // _BESIDE, np.float64)

    def rest(self, key: str, total: Floats) -> Floats:
        """What each block is held against: the others of its season, or all but those beside it."""
        lines = self.counts[key]
        if self.near is None:
            return np.asarray(np.maximum(total - self.beside @ lines, 0.0))
        return np.asarray(self.near.astype(np.float64) @ lines - lines)

    def season(self, middle: float) -> Mapping[str, Floats] | None:
        """The counts around that moment of any year; None where the baseline does not cover one."""
        if self.near is None:
            return None
        places = _are_near(_middles(self.stretches), np.array([middle]))[:, 0]
        return {key: lines[places].sum(axis=0) for key, lines in self.counts.items()}

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
    hours = _hours(seasons, counts) if seconds < length / 2 else {}
    return Blocks(whole, joined, size, length * size, hours, _near(whole))


def _near(stretches: tuple[Stretch, ...]) -> npt.NDArray[np.bool_] | None:
    """Each beside itself has two neighbours at least, or it is no season."""
    middles = _middles(stretches)
    if middles[-1] - middles[0] < _COVERED:
        return None
    found = _are_near(middles, middles)
    return found if found.sum(axis=1).min() > _NEIGHBOURS else None


def _middles(stretches: tuple[Stretch, ...]) -> Floats:
    return np.array([((one.start or 0.0) + (one.end or 0.0)) / 2 for one in stretches])


def _are_near(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    apart = np.abs(one[:, None] - other[None]) % _YEAR
    return np.asarray(np.minimum(apart, _YEAR - apart) <= _MONTH)


def _join(first: Stretch, last: Stretch) -> Stretch:
    return first if first == last else Stretch(f"{first.label} to {last.label}", first.start, last.end)


def _hours(seasons: Seasons, counts: Mapping[str, Floats]) -> dict[str, Floats]:
    places = [at for at, one in enumerate(seasons.stretches) if one.kind == "hour"]
    return {key: lines[places] for key, lines in counts.items()} if places else {}
