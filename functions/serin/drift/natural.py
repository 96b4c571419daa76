"""How far from the rest of a baseline were its own stretches, and how far is then too far?

For each series and facet a stretch's distance D from all others, or from those of its season, has two parts: chance,
whose variance v is known from the rows, and the natural variation t^2 = mean(D^2 - v), to which its own standard error
is added. The figure that counts is the largest over all series,

    T = max D / sqrt(t^2 + v),    each stretch with the t^2 of the others alone

one for each facet, and a window is beyond natural variation where its T is larger than that of a further stretch would
be, but for the chance that the budget leaves to each facet (`serin.stats.prediction_bound`). Only whole stretches are
compared, so that neither the number of series nor how they depend on each other matters (max-T, Westfall & Young 1993).
It holds if a quiet window is to the stretches as they are to each other: not while the world moves on, which is what
shall be found, and less well where windows are shorter than the stretches; then the variation between the hours of the
day is added.

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


@dataclass(frozen=True)
class Natural:
    """`variance` is t^2 by series, a figure for each facet; `limits` those for the largest T of a window, by facet."""

    blocks: int
    seconds: float
    variance: Mapping[str, Floats]
    limits: Floats

    def times(self, key: str, found: Facets) -> Floats:
        """T of each facet of one window's series."""
        return np.asarray(found.distance[0] / np.sqrt(self.variance[key] + found.noise[0]))


def natural_variation(found: Blocks, baseline: Baseline, chance: float) -> Natural:
    """Of a baseline's stretches, with the limit that a further one exceeds with this chance at most."""
    variance: dict[str, Floats] = {}
    largest = np.zeros((len(found), len(FACETS)))
    for key, lines in found.counts.items():
        total = baseline.sketches[key].counts.astype(np.float64)
        points = middles(baseline.sketches[key])
        each = facets(lines, found.rest(key, total), points)
        excess = each.distance**2 - each.noise
        others = _positive((excess.sum(axis=0) - excess) / (len(found) - 1), excess, len(found) - 1)
        largest = np.maximum(largest, (each.distance / np.sqrt(others + each.noise)))
        variance[key] = _positive(excess.mean(axis=0), excess, len(found)) + _of_hours(found, key, total, points)
    limits = [prediction_bound(facet, chance / len(FACETS)) for facet in largest.T]
    return Natural(len(found), found.seconds, variance, np.array([np.inf if one is None else one for one in limits]))


def _positive(mean: Floats, excess: Floats, n: int) -> Floats:
    return np.asarray(np.maximum(mean, 0.0) + excess.std(axis=0) / np.sqrt(n))


def _of_hours(found: Blocks, key: str, total: Floats, points: Floats | None) -> Floats | float:
    lines = found.hours.get(key)
    if lines is None:
        return 0.0
    each = facets(lines, np.maximum(total - lines, 0.0), points)
    return np.asarray(np.maximum((each.distance**2 - each.noise).mean(axis=0), 0.0))
