"""Is one sketch's distribution another's in other units, or that of another column? From their bins, read as curves."""

import numpy as np

from serin.drift.compare import spread
from serin.drift.series import Sketch
from serin.stats.numeric_bins import Floats
from serin.stats.numeric_sketch import NumericSketch

__all__ = ["converted_by", "is_exchanged"]

_CONVERSIONS = {
    "degrees Fahrenheit came as Celsius": (1 / 1.8, -32 / 1.8),
    "degrees Celsius came as Fahrenheit": (1.8, 32.0),
    "degrees Celsius came as Kelvin": (1.0, 273.15),
    "Kelvin came as degrees Celsius": (1.0, -273.15),
} | {
    f"{said} by {factor:g}": (factor if said == "multiplied" else 1 / factor, 0.0)
    for said in ("multiplied", "divided")
    for factor in (
        1.150779, 1.609344, 1.852, 2.204623, 2.54, 3.28084, 3.6, 3.785412, 4.184, 7.0, 10.0, 12.0, 16.0, 24.0, 25.4,
        30.48, 33.86389, 60.0, 100.0, 1000.0, 3600.0, 86_400.0, 1e6, 1e9,
    )
}  # fmt: skip
_JUMP = 1.0
"""Standard deviations of either side by which the mean must have moved, before a unit is thought of."""
_LIKE = 0.15
_MEAN = 0.25
_MAGNITUDE = 10.0


def converted_by(now: NumericSketch, before: NumericSketch, usual: float = 0.0) -> str | None:
    """The conversion that makes the window of the baseline: its mean to a quarter of a deviation (one for orders of
    magnitude), every share below an edge to 0.15. None where nothing fits, or the mean stays. Of a series whose
    shape is farther off than that as a rule (`usual`) only orders of magnitude count: summer is not 2.54 winters.
    """
    mean, was, deviation = now.mean, before.mean, spread(before)
    if mean is None or was is None or not deviation or abs(mean - was) < _JUMP * deviation * _least_scale(mean, was):
        return None
    fits = {
        name: _misfit(one, now, before, deviation)
        for name, one in _CONVERSIONS.items()
        if usual <= _LIKE or _is_magnitude(one[0])
    }
    best = min(fits, key=lambda name: fits[name])
    return best if fits[best] <= 1 else None


def is_exchanged(
    now: Sketch, other_now: Sketch, before: Sketch, other_before: Sketch, usual: tuple[float, float] = (0.0, 0.0)
) -> bool:
    """Does each look as the other did, and not as itself? Numbers only, by their curves. `usual` is how far each of the
    two is from its baseline as a rule."""
    four = [one for one in (now, other_now, before, other_before) if isinstance(one, NumericSketch)]
    if len(four) < 4:
        return False
    one, other, one_was, other_was = four
    crossed = _apart(one, other_was), _apart(other, one_was)
    like = crossed[0] <= max(_LIKE, 1.5 * usual[1]) and crossed[1] <= max(_LIKE, 1.5 * usual[0])
    return like and max(crossed) <= min(_apart(one, one_was), _apart(other, other_was)) / 2


def _least_scale(mean: float, was: float) -> float:
    """Values that shrink can't move by more than their mean: then the new scale is what counts."""
    return min(1.0, abs(mean / was)) if was else 1.0


def _misfit(conversion: tuple[float, float], now: NumericSketch, before: NumericSketch, deviation: float) -> float:
    """At most 1 where it fits."""
    scale, offset = conversion
    near = 1.0 if _is_magnitude(scale) else _MEAN  # no season moves a mean by an order of magnitude
    mean = abs((now.mean or 0.0) - scale * (before.mean or 0.0) - offset) / (near * scale * deviation)
    edges = now.bins.edges
    gap = np.abs(_below(now, edges) - _below(before, (edges - offset) / scale)).max()
    return max(mean, float(gap) / _LIKE)


def _is_magnitude(scale: float) -> bool:
    return max(scale, 1 / scale) >= _MAGNITUDE


def _apart(one: NumericSketch, other: NumericSketch) -> float:
    """The largest difference of shares below a point of both ranges, or that of the means on the same scale."""
    low, high = (pick(one.bins.edges[at], other.bins.edges[at]) for pick, at in ((max, 0), (min, -1)))
    points = np.unique(np.concatenate([one.bins.edges, other.bins.edges]))
    points = points[(points >= low) & (points <= high)]
    gap = np.abs(_below(one, points) - _below(other, points)).max(initial=0.0) if points.size else 0.0
    deviation = max(spread(other) or 0.0, 1e-12 * abs(other.mean or 1.0))
    means = abs((one.mean or 0.0) - (other.mean or 0.0)) / deviation if one.mean is not None else np.inf
    return float(max(gap, _LIKE * means / (2 * _MEAN)))


def _below(sketch: NumericSketch, points: Floats) -> Floats:
    """The share of values below each point, straight within a bin."""
    shares = np.cumsum(sketch.finite)[:-1] / max(1, int(sketch.finite.sum()))
    return np.interp(points, sketch.bins.edges, shares)
