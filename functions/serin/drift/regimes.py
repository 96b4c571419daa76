"""Which stretch of the baseline does a window look like: a week of it, its Saturdays, its evenings?

It looks like one of them if none of the differences from the baseline as a whole is left against it: each is gone but
for chance, or less than half as large.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.blocks import Blocks
from serin.drift.facets import FACETS, FLOORS, Facets, facets, middles
from serin.drift.findings import Finding
from serin.drift.seasons import Seasons
from serin.drift.series import Sketch
from serin.stats.numeric_bins import Floats

__all__ = ["Regime", "nearest_regime"]

_LEFT = 0.5


@dataclass(frozen=True)
class Regime:
    """The stretch that is most like the window. `left` is the largest part of a difference that is left against it."""

    label: str
    left: float
    key: str

    @property
    def is_known(self) -> bool:
        return self.left <= 1

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def nearest_regime(
    sketches: Mapping[str, Sketch], found: Sequence[Finding], baseline: Baseline, seasons: Seasons, joined: Blocks
) -> Regime | None:
    """Among stretches as long as the window, and profiles; None where nothing is different, or nothing to be like."""
    profiles = [at for at, one in enumerate(seasons.stretches) if one.start is None]
    labels = [one.label for one in (*joined.stretches, *(seasons.stretches[at] for at in profiles))]
    if not found or seasons.counts is None:
        return None
    left = np.zeros((len(found), len(labels)))
    by_key = {one.key: np.concatenate([joined.counts[one.key], seasons.counts[one.key][profiles]]) for one in found}
    each = {key: _against(sketches[key], lines, baseline.sketches[key]) for key, lines in by_key.items()}
    for at, one in enumerate(found):
        place = FACETS.index(one.facet)
        distance, noise = each[one.key].distance[:, place], each[one.key].noise[:, place]
        # Three standard errors: of many facets none must be off by chance.
        left[at] = distance / np.maximum(FLOORS[place] + 3 * np.sqrt(noise), _LEFT * one.distance)
    nearest = int(left.max(axis=0).argmin())
    worst = int(left[:, nearest].argmax())
    return Regime(labels[nearest], float(left[worst, nearest]), found[worst].key)


def _against(sketch: Sketch, lines: Floats, baseline: Sketch) -> Facets:
    now = np.broadcast_to(sketch.counts.astype(np.float64), lines.shape)
    return facets(now, lines, middles(baseline))
