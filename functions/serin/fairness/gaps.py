"""How far are the groups of a split apart, at least and at most?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from serin.fairness.groups import Groups
from serin.fairness.limits import CONFIDENCE
from serin.fairness.metrics import Metric
from serin.stats.mixture import Array
from serin.stats.pairwise import Pairwise, Sample, pairwise, radius

__all__ = ["Comparison", "Interval", "Kind", "comparisons"]


class Kind(StrEnum):
    """Of the largest and the smallest figure: how they are compared."""

    DIFFERENCE = "difference"
    RATIO = "ratio"


@dataclass(frozen=True)
class Interval:
    """`value` was seen, None where fewer than two groups have a figure."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """One metric over the groups of one split; `r` is the radius at which all comparisons of a report hold together."""

    split: Groups
    metric: Metric
    r: float

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.split.counts)

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        return tuple(counts.samples()[self.metric] for counts in self.split.counts.values())

    @cached_property
    def bounds(self) -> Pairwise:
        return pairwise(self.samples, self.r)

    def difference(self, told: Sequence[int], judged: Sequence[int]) -> Interval:
        """The largest figure minus the smallest: of the groups `judged`, its lower end from those `told` alone.

        Let D be the true gap, the largest of all figure i - figure j, and low_ij, high_ij bounds that hold for all
        ordered pairs at once. D is at least each of these differences, hence at least each low_ij. And it is itself the
        difference of some pair, hence at most the largest high_ij. So D lies between the largest lower and the largest
        upper bound whenever all pairs hold, and no pair was chosen by what was seen of it.
        """
        return Interval(
            self._seen(judged),
            max(0.0, self._most(self.bounds.difference, told)),
            -self._least(self.bounds.difference, judged),
        )

    def ratio(self, told: Sequence[int], judged: Sequence[int]) -> Interval:
        """The smallest figure over the largest: by the same argument between the least of all lower and the least of
        all upper bounds. Figures that are all zero are alike."""
        most = self._most(self.bounds.ratio, told)
        return Interval(
            self._seen(judged, ratio=True),
            min(1.0, self._least(self.bounds.ratio, judged)),
            min(1.0, 1 / most) if most > 0 else 1.0,
        )

    def ends(self, places: Sequence[int]) -> list[int]:
        """Where the smallest figure is, and the largest; empty where none of them has any."""
        known = [(value, place) for place in places if (value := self.samples[place].value) is not None]
        return [min(known)[1], max(known)[1]] if known else []

    def _seen(self, places: Sequence[int], *, ratio: bool = False) -> float | None:
        values = [value for place in places if (value := self.samples[place].value) is not None]
        if len(values) < 2:
            return None
        if ratio:
            return min(values) / max(values) if max(values) > 0 else 1.0
        return max(values) - min(values)

    def _most(self, bounds: Array, places: Sequence[int]) -> float:
        return float(np.max(_others(bounds, places), initial=-np.inf))

    def _least(self, bounds: Array, places: Sequence[int]) -> float:
        return float(np.min(_others(bounds, places), initial=np.inf))


def comparisons(splits: Sequence[Groups], metrics: Sequence[Metric]) -> Iterator[Comparison]:
    """Every metric of every split. All that they say holds together with CONFIDENCE.

    A lone group has no pair, but limits of its own: it counts as two.
    """
    pairs = sum(max(2, len(split.counts) * (len(split.counts) - 1)) for split in splits) * len(metrics)
    r = radius(1 - CONFIDENCE, max(1, pairs))
    for split in splits:
        for metric in metrics:
            yield Comparison(split, metric, r)


def _others(bounds: Array, places: Sequence[int]) -> Array:
    """Of pairs of two groups."""
    chosen = np.ix_(places, places)
    return bounds[chosen][~np.eye(len(places), dtype=bool)]
