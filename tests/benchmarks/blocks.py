"""Does one way take longer than another? All ways in turn, block by block, so that what else the machine does meets
them alike; and the ratio of their quantiles, with what a bootstrap over the rounds says of its error."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Block", "Floats", "Ratio", "Rounds", "measure", "ratio", "summary"]

Floats = npt.NDArray[np.float64]
Block = Callable[[int], Floats]
"""Does something so often, and says in microseconds what each time took; there may be several lines."""
Rounds = Sequence[Floats]
"""Of one way: what each round took."""


@dataclass(frozen=True)
class Ratio:
    """`low` and `high` hold the true ratio in 95 of 100 runs, as far as rounds are alike."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"

    def verdict(self, limit: float) -> str:
        """Of the claim that the ratio is below the limit."""
        if self.high < limit:
            return "PASS"
        return "MISSED" if self.low >= limit else "UNDECIDED"

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


def measure(ways: Mapping[str, Block], rounds: int, times: int, seed: int = 1) -> dict[str, list[Floats]]:
    """Each round has two blocks of each way: in random order, and then in the reverse one (ABBA)."""
    taken: dict[str, list[Floats]] = {name: [] for name in ways}
    for number, order in enumerate(_orders(list(ways), rounds, np.random.default_rng(seed)), 1):
        _tell(f"round {number} of {rounds}: {', '.join(ways)}")
        there, back = [ways[name](times) for name in order], [ways[name](times) for name in reversed(order)]
        for name, first, second in zip(order, there, reversed(back), strict=True):
            taken[name].append(np.concatenate([first, second], axis=-1))
    _tell("")
    return taken


def _tell(where: str) -> None:
    """On a terminal, in a line that is written over: a benchmark says nothing else until its tables."""
    if sys.stderr.isatty():
        print(f"\r{where[:79]:<79}\r", end="", file=sys.stderr, flush=True)


def _orders(names: list[str], rounds: int, rng: np.random.Generator) -> Iterator[list[str]]:
    for _ in range(rounds):
        yield [names[place] for place in rng.permutation(len(names))]


def ratio(one: Rounds, other: Rounds, quantile: float = 0.5, resamples: int = 2_000, seed: int = 1) -> Ratio:
    """The quantile of `one` over that of `other`. A resample draws rounds, of both ways the same ones."""
    drawn = np.random.default_rng(seed).integers(0, len(one), (resamples, len(one)))
    low, high = np.percentile(_quantiles(one, drawn, quantile) / _quantiles(other, drawn, quantile), [2.5, 97.5])
    above, below = (float(np.quantile(np.concatenate(list(rounds)), quantile)) for rounds in (one, other))
    return Ratio(above / below, float(low), float(high))


def _quantiles(rounds: Rounds, drawn: npt.NDArray[np.int64], quantile: float) -> Floats:
    """Of each line of `drawn` rounds, a million times at once."""
    times = np.stack(list(rounds))
    parts = np.array_split(drawn, -(-drawn.size * times.shape[1] // 1_000_000))
    return np.concatenate([np.quantile(times[part].reshape(len(part), -1), quantile, axis=1) for part in parts])


def summary(rounds: Rounds) -> dict[str, Any]:
    """Median, p90 and mean over all, and the smallest and largest median of a round: how steady it was."""
    every, medians = np.concatenate(rounds), [float(np.median(one)) for one in rounds]
    p50, p90 = np.quantile(every, [0.5, 0.9]).tolist()
    return {
        "n": every.size, "median": p50, "p90": p90, "mean": float(every.mean()),
        "lowest_median": min(medians), "highest_median": max(medians),
    }  # fmt: skip
