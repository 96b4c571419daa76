"""How far is each series of a window from the baseline's? From their sketches alone, whatever number of rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.facets import FACETS, Facets, facets, log_chances, middles
from serin.drift.series import Sketch
from serin.stats.category_sketch import CategorySketch
from serin.stats.jensen_shannon import jensen_shannon
from serin.stats.kolmogorov_smirnov import kolmogorov_smirnov
from serin.stats.numeric_bins import Floats
from serin.stats.numeric_sketch import NumericSketch
from serin.stats.population_stability import population_stability
from serin.stats.wasserstein import wasserstein

__all__ = ["Change", "Compared", "compare", "differences", "spread"]


@dataclass(frozen=True)
class Change:
    """One series, then and now. Distances are None where a side has no values; `wasserstein` is in the unit of the
    values, `moved` in standard deviations of the baseline, `before` and `now` are shares: null, infinite, unseen."""

    key: str
    kind: str
    rows: int
    kolmogorov_smirnov: float | None
    wasserstein: float | None
    moved: float | None
    jensen_shannon: float | None
    population_stability: float | None
    mean_before: float | None
    mean_now: float | None
    before: Mapping[str, float]
    now: Mapping[str, float]


@dataclass(frozen=True)
class Compared:
    """`changes` by key; of each facet its distance, the variance that chance gives it, and the logarithm of the chance
    of as much."""

    changes: Mapping[str, Change]
    facets: Mapping[str, Facets]
    log_chances: Mapping[str, Floats]


def compare(sketches: Mapping[str, Sketch], baseline: Baseline) -> Compared:
    """All series of the baseline, with a window's sketches of them."""
    counts, others = (
        {key: found[key].counts.astype(np.float64) for key in baseline.series}
        for found in (sketches, baseline.sketches)
    )
    found = differences(counts, others, baseline)
    changes = {key: _change(key, baseline.sketches[key], sketches[key], found.facets[key]) for key in baseline.series}
    return replace(found, changes=changes)


def differences(counts: Mapping[str, Floats], others: Mapping[str, Floats], baseline: Baseline) -> Compared:
    """Facets and chances alone, of a window's counts against any others in the baseline's slots."""
    found, chances = {}, {}
    for key, now in counts.items():
        before = baseline.sketches[key]
        found[key] = facets(now[None], others[key][None], middles(before))
        chances[key] = log_chances(now, others[key], isinstance(before, NumericSketch), _once(before))
    return Compared({}, found, chances)


def spread(sketch: NumericSketch) -> float | None:
    """The standard deviation, from the means of the bins; None without finite values."""
    counts, mean = sketch.finite, sketch.mean
    total = counts.sum()
    if mean is None:
        return None
    signs = np.sign(sketch.bins.widths)
    means = sketch.bins.origins + signs * sketch.distances / np.maximum(counts, 1)
    return float(np.sqrt(counts @ (means - mean) ** 2 / total))


def _once(before: Sketch) -> int:
    """How many categories may have been seen just once; all rows where they are too many to know."""
    if not isinstance(before, CategorySketch):
        return 0
    return before.rows if before.bins.known is None else int((before.counts[:-3] == 1).sum()) + len(before.bins.known)


def _change(key: str, before: Sketch, now: Sketch, found: Facets) -> Change:
    shape = kind = None
    distance = moved = mean_before = mean_now = None
    if isinstance(before, NumericSketch) and isinstance(now, NumericSketch):
        kind, shape = "number", kolmogorov_smirnov(before, now)
        distance, mean_before, mean_now = wasserstein(before, now), before.mean, now.mean
        deviation = spread(before)
        moved = distance / deviation if distance is not None and deviation else None
    unseen = float(found.distance[0, FACETS.index("unseen")])
    return Change(
        key=key,
        kind=kind or "category",
        rows=now.rows,
        kolmogorov_smirnov=shape,
        wasserstein=distance,
        moved=moved,
        jensen_shannon=jensen_shannon(before.counts, now.counts),
        population_stability=population_stability(before.counts, now.counts),
        mean_before=mean_before,
        mean_now=mean_now,
        before=_rates(before, 0.0),
        now=_rates(now, unseen),
    )


def _rates(sketch: Sketch, unseen: float) -> dict[str, float]:
    rows = max(1, sketch.rows)
    infinite = sketch.infinite if isinstance(sketch, NumericSketch) else 0
    return {"null": sketch.null / rows, "infinite": infinite / rows, "unseen": unseen}
