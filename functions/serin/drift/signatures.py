"""Does a difference look like the work of a broken pipeline rather than of the world?

What breaks leaves a signature in few features: values go missing, turn infinite or unknown, stand still, jump by the
factor of a unit, change places with another column, or one feature is elsewhere while all others stay. Where many
features have moved with them the world is the simpler explanation, unless hardly any sound value is left.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from serin.drift.baseline import FEATURE, Baseline
from serin.drift.compare import Compared
from serin.drift.facets import FACETS
from serin.drift.findings import Finding
from serin.drift.natural import Natural
from serin.drift.series import Sketch
from serin.drift.shapes import converted_by, is_exchanged
from serin.stats.numeric_sketch import NumericSketch

__all__ = ["Fault", "Signature", "signatures"]

_BURST, _UNKNOWN, _STUCK, _CONSTANT, _NEARLY_ALL, _FAR = 0.05, 0.02, 0.2, 0.98, 0.9, 1.0
_JUMPS = {"shape": 0.3, "crowded": 0.2, "place": 1.0}
_CURVES = frozenset({"shape", "unseen", "place"})
_SERIES_FOR_ALONE = 3


class Fault(StrEnum):
    NULLS = "nulls"
    INFINITE = "infinite values"
    UNKNOWN = "unknown values"
    STUCK = "stuck"
    UNIT = "unit"
    EXCHANGED = "exchanged columns"
    ALONE = "one feature alone"


@dataclass(frozen=True)
class Signature:
    """`says` is the evidence in a sentence; `share` how much of the features' values it concerns."""

    fault: Fault
    features: tuple[str, ...]
    share: float
    says: str


def signatures(
    found: Sequence[Finding], compared: Compared, sketches: Mapping[str, Sketch], baseline: Baseline,
    natural: Natural | None = None,
) -> tuple[Signature, ...]:  # fmt: skip
    """Those that stand against the features that have moved besides, the clearest first. Only findings that natural
    variation does not explain are suspect; of two columns that changed places one is enough."""
    inputs = [one for one in found if one.is_input and one.is_beyond]
    total = sum(key.startswith(FEATURE) for key in baseline.series)
    each = [
        *_exchanged([one for one in found if one.is_input], sketches, baseline, natural),
        *_units(inputs, sketches, baseline, natural),
        *_bursts(inputs, compared, sketches, baseline),
    ]
    suspects = {name for one in each for name in one.features}
    moved = {one.name for one in inputs}
    world = len(moved - suspects) >= max(4, total // 4)
    kept = [one for one in each if not world or one.share >= _NEARLY_ALL]
    return tuple(kept or ([] if suspects else _alone(inputs, moved, total)))


def _bursts(
    inputs: Sequence[Finding], compared: Compared, sketches: Mapping[str, Sketch], baseline: Baseline
) -> Iterator[Signature]:
    crowded = {one.key for one in inputs if one.facet == "crowded"}
    total = sum(key.startswith(FEATURE) for key in baseline.series)
    for one in inputs:
        change, sketch, before = compared.changes[one.key], sketches[one.key], baseline.sketches[one.key]
        null, was = change.now["null"], change.before["null"]
        if one.facet == "null" and null - was >= _BURST:
            yield Signature(Fault.NULLS, (one.name,), null, f"{null:.1%} of {one.name} is missing, {was:.1%} before")
        if one.facet == "infinite":
            share = change.now["infinite"]
            yield Signature(Fault.INFINITE, (one.name,), share, f"{share:.1%} of {one.name} is infinite")
        if one.facet == "unseen" and one.distance >= _UNKNOWN and _is_unknown(sketch, before):
            said = f"{one.distance:.1%} of {one.name} has values that the baseline has not"
            yield Signature(Fault.UNKNOWN, (one.name,), one.distance, said)
        if one.facet == "crowded" and _is_stuck(one, sketch, len(crowded), total):
            said = f"{one.name} stands still: {_fullest(sketch):.0%} of it has one value"
            yield Signature(Fault.STUCK, (one.name,), _fullest(sketch), said)


def _is_unknown(sketch: Sketch, before: Sketch) -> bool:
    """Other categories, codes that do not exist, or numbers as far outside as the whole range is wide."""
    if not isinstance(sketch, NumericSketch) or not isinstance(before, NumericSketch):
        return True
    outside, distances = sketch.below + sketch.above, sketch.distances[0] + sketch.distances[-1]
    codes = not sketch.bins.cuts
    return codes or (outside > 0 and float(distances) / outside >= _FAR * sketch.bins.unit)


def _is_stuck(one: Finding, sketch: Sketch, crowded: int, total: int) -> bool:
    """All of it, or much of a number that has no preferred values; many crowded features are a narrower world."""
    if crowded > max(2, total // 10):
        return False
    continuous = isinstance(sketch, NumericSketch) and bool(sketch.bins.cuts)
    return _fullest(sketch) >= _CONSTANT or (continuous and one.distance >= _STUCK)


def _fullest(sketch: Sketch) -> float:
    values = sketch.finite[1:-1] if isinstance(sketch, NumericSketch) else sketch.counts[:-2]
    total = int(sketch.counts[:-1].sum())
    return int(values.max()) / total if total and values.size else 0.0


def _units(
    inputs: Sequence[Finding], sketches: Mapping[str, Sketch], baseline: Baseline, natural: Natural | None
) -> Iterator[Signature]:
    for key, name in {one.key: one.name for one in inputs if one.facet in _CURVES}.items():
        now, before = sketches[key], baseline.sketches[key]
        if isinstance(now, NumericSketch) and isinstance(before, NumericSketch):
            factor = converted_by(now, before, _usual(natural, key))
            if factor:
                said = f"{name} is as if {factor}: its mean went from {before.mean:.4g} to {now.mean:.4g}"
                yield Signature(Fault.UNIT, (name,), 1.0, said)


def _exchanged(
    inputs: Sequence[Finding], sketches: Mapping[str, Sketch], baseline: Baseline, natural: Natural | None
) -> Iterator[Signature]:
    keys = list({one.key: one.name for one in inputs if one.facet in _CURVES}.items())
    suspect = {one.key for one in inputs if one.is_beyond}
    for at, (one, name) in enumerate(keys):
        for other, other_name in keys[at + 1 :]:
            if not suspect & {one, other}:
                continue
            four = sketches[one], sketches[other], baseline.sketches[one], baseline.sketches[other]
            if is_exchanged(*four, (_usual(natural, one), _usual(natural, other))):
                said = f"{name} looks as {other_name} did before, and {other_name} as {name} did"
                yield Signature(Fault.EXCHANGED, (name, other_name), 1.0, said)


def _usual(natural: Natural | None, key: str) -> float:
    """How far the shape of a series is from the baseline's as a rule."""
    return 0.0 if natural is None else math.sqrt(float(natural.variance[key][FACETS.index("shape")]))


def _alone(inputs: Sequence[Finding], moved: set[str], total: int) -> Iterator[Signature]:
    for one in inputs:
        if len(moved) == 1 and total >= _SERIES_FOR_ALONE and one.distance >= _JUMPS.get(one.facet, math.inf):
            far = (
                f"{one.distance:.1f} standard deviations" if one.facet == "place" else f"{one.distance:.0%} of its rows"
            )
            said = f"{one.name} alone has moved, by {far}, while {total - 1} features stay"
            yield Signature(Fault.ALONE, (one.name,), one.distance, said)
            return
