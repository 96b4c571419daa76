"""Which stretch of the baseline does a window look like: a week of it, its Saturdays, its evenings?

It is one of them if none of the differences from the baseline as a whole is left against it: each is gone but for
chance, or less than half as large. It is like one of them if the differences, in multiples of their floors, all
together and without what chance adds, are smaller by two fifths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.blocks import Blocks
from serin.drift.facets import FACETS, FLOORS, Facets, facets, middles
from serin.drift.findings import Finding
from serin.drift.seasons import Seasons
from serin.drift.series import Sketch
from serin.stats.numeric_bins import Floats

__all__ = ["Regime", "nearest_regime"]

_LEFT, _ALIKE = 0.5, 0.6
_FITS = {"hour": 2 * 3600.0, "weekday": 1.5 * 86_400, "month": 45 * 86_400.0}


@dataclass(frozen=True)
class Regime:
    """The stretch that is most like the window. `left` is the largest of the differences left against it, in multiples
    of what may be left, and `key` that of which series; `share` is what is left of all of them together."""

    label: str
    left: float
    key: str
    share: float

    @property
    def is_known(self) -> bool:
        """So that even a difference that the baseline's stretches as a whole don't explain is explained by this one."""
        return self.left <= 1

    @property
    def is_alike(self) -> bool:
        return self.is_known or self.share <= _ALIKE


def nearest_regime(
    sketches: Mapping[str, Sketch], found: Sequence[Finding], baseline: Baseline, seasons: Seasons, joined: Blocks,
    seconds: float,
) -> Regime | None:  # fmt: skip
    """Among stretches as long as the window of these seconds, and profiles that it fits into: a week is like no hour of
    the day. None where nothing is different, or nothing to be like."""
    profiles = [at for at, one in enumerate(seasons.stretches) if seconds <= _FITS.get(one.kind, 0.0)]
    labels = [one.label for one in (*joined.stretches, *(seasons.stretches[at] for at in profiles))]
    if not found or seasons.counts is None:
        return None
    left, shares = np.zeros((2, len(found), len(labels)))
    by_key = {one.key: np.concatenate([joined.counts[one.key], seasons.counts[one.key][profiles]]) for one in found}
    each = {key: _against(sketches[key], lines, baseline.sketches[key]) for key, lines in by_key.items()}
    for at, one in enumerate(found):
        place = FACETS.index(one.facet)
        distance, noise = each[one.key].distance[:, place], each[one.key].noise[:, place]
        # Three standard errors: of many facets none must be off by chance.
        left[at] = distance / np.maximum(FLOORS[place] + 3 * np.sqrt(noise), _LEFT * one.distance)
        shares[at] = np.sqrt(np.maximum(distance**2 - noise, 0.0)) / FLOORS[place]
    known = left.max(axis=0) <= 1
    together = shares.sum(axis=0) / sum(one.distance / FLOORS[FACETS.index(one.facet)] for one in found)
    nearest = int(np.where(known | ~known.any(), together, np.inf).argmin())
    worst = int(left[:, nearest].argmax())
    return Regime(labels[nearest], float(left[worst, nearest]), found[worst].key, float(together[nearest]))


def _against(sketch: Sketch, lines: Floats, baseline: Sketch) -> Facets:
    now = np.broadcast_to(sketch.counts.astype(np.float64), lines.shape)
    return facets(now, lines, middles(baseline))
