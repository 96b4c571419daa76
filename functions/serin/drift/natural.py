"""How far from the rest of a baseline were its own stretches, and how far is then too far?

For each series and facet a stretch's distance D from others (`serin.drift.blocks`) has two parts: chance, whose
variance v is known from the rows, and the natural variation t^2 = mean(D^2 - v), to which its own standard error is
added. The figure that counts is the largest over all series,

    T = max D / sqrt(t^2 + v),    each stretch with the t^2 of those that are not beside it

one for each facet, and a window is beyond natural variation where its T is larger than that of a further stretch would
be, but for the chance that the budget leaves to each facet (`serin.stats.prediction_bound`). Only whole stretches are
compared, so that neither the number of series nor how they depend on each other matters (max-T, Westfall & Young 1993).
It holds if a quiet window is to the stretches as they are to each other: not while the world moves on, which is what
shall be found, and less well where windows are shorter than the stretches; then the variation between the hours of the
day is added.

Of a shape, v is that of chance at one point of the line. At the best of all points it is larger, but that and t^2 don't
add up: what varies by itself chooses the point. So t^2 is too large rather than too small, which matters for windows
of many more rows than the stretches have.

Source: DerSimonian & Laird 1986 for t^2; Vovk, Gammerman & Shafer 2005 for ranks of stretches.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.blocks import Blocks
from serin.drift.facets import FACETS, Facets, facets, middles
from serin.stats.numeric_bins import Floats
from serin.stats.prediction_bound import prediction_bound

__all__ = ["Natural", "natural_variation"]

_AT_ONE_POINT: Floats = np.where(np.array(FACETS) == "shape", 3 / np.pi**2, 1.0)
"""The variance of a share is a quarter a row at most, Kolmogorov's largest one pi^2 / 12."""


@dataclass(frozen=True)
class Natural:
    """`variance` is t^2 by series, a figure for each facet; `limits` those for the largest T of a window, by facet."""

    blocks: int
    seconds: float
    variance: Mapping[str, Floats]
    limits: Floats

    def times(self, key: str, found: Facets) -> Floats:
        """T of each facet of one window's series."""
        return np.asarray(found.distance[0] / np.sqrt(self.variance[key] + _AT_ONE_POINT * found.noise[0]))


def natural_variation(found: Blocks, baseline: Baseline, chance: float) -> Natural:
    """Of a baseline's stretches, with the limit that a further one exceeds with this chance at most."""
    variance: dict[str, Floats] = {}
    largest = np.zeros((len(found), len(FACETS)))
    far = 1 - found.beside
    number = far.sum(axis=1, keepdims=True)
    for key, lines in found.counts.items():
        total = baseline.sketches[key].counts.astype(np.float64)
        points = middles(baseline.sketches[key])
        each = facets(lines, found.rest(key, total), points)
        noise = _AT_ONE_POINT * each.noise
        excess = each.distance**2 - noise
        others = _positive(far @ excess / number, excess, number)
        largest = np.maximum(largest, each.distance / np.sqrt(others + noise))
        variance[key] = _positive(excess.mean(axis=0), excess, len(found)) + _of_hours(found, key, total, points)
    limits = [prediction_bound(facet, chance / len(FACETS)) for facet in largest.T]
    return Natural(len(found), found.seconds, variance, np.array([np.inf if one is None else one for one in limits]))


def _positive(mean: Floats, excess: Floats, n: Floats | int) -> Floats:
    return np.asarray(np.maximum(mean, 0.0) + excess.std(axis=0) / np.sqrt(n))


def _of_hours(found: Blocks, key: str, total: Floats, points: Floats | None) -> Floats | float:
    lines = found.hours.get(key)
    if lines is None:
        return 0.0
    each = facets(lines, np.maximum(total - lines, 0.0), points)
    return np.asarray(np.maximum((each.distance**2 - _AT_ONE_POINT * each.noise).mean(axis=0), 0.0))
