"""What goes wrong, with the truth beside it: each fault changes a window's rows, and says what it is to be called."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from infra.demo import flights
from serin.drift.diagnosis import Kind
from tests.benchmarks.drift_world import Rows, World

__all__ = ["FAULTS", "Fault"]

Change = Callable[[World, Rows, np.random.Generator], Rows]
_WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")


@dataclass(frozen=True)
class Fault:
    """`seen` changes what the model sees, `truth` what really happens; `features` must be watched for it to be found.
    `worth` is what is left of the KPI; `weeks` of the year, where only these will do."""

    name: str
    kind: Kind
    features: tuple[str, ...] = ()
    seen: Change | None = None
    drawn: Change | None = None
    truth: Change | None = None
    worth: float = 1.0
    weeks: tuple[int, int] | None = None


def _column(name: str) -> int:
    return flights.FEATURES.index(name)


def _with(rows: Rows, name: str, values: np.ndarray) -> Rows:
    features = rows.features.copy()
    features[:, _column(name)] = values
    return replace(rows, features=features)


def unit(name: str, factor: float, offset: float = 0.0) -> Fault:
    return Fault(
        f"unit of {name}", Kind.BROKEN_INPUT, (name,),
        seen=lambda _, rows, __: _with(rows, name, rows.features[:, _column(name)] * factor + offset),
    )  # fmt: skip


def stuck(name: str, share: float) -> Fault:
    def change(_: World, rows: Rows, rng: np.random.Generator) -> Rows:
        values = rows.features[:, _column(name)].copy()
        values[rng.random(len(values)) < share] = np.nanmedian(values)
        return _with(rows, name, values)

    return Fault(f"{share:.0%} of {name} stuck", Kind.BROKEN_INPUT, (name,), seen=change)


def nulls(name: str, share: float) -> Fault:
    def change(_: World, rows: Rows, rng: np.random.Generator) -> Rows:
        values = rows.features[:, _column(name)].copy()
        values[rng.random(len(values)) < share] = np.nan
        return _with(rows, name, values)

    return Fault(f"{share:.0%} of {name} missing", Kind.BROKEN_INPUT, (name,), seen=change)


def category(name: str, share: float) -> Fault:
    def change(_: World, rows: Rows, rng: np.random.Generator) -> Rows:
        values = rows.features[:, _column(name)].copy()
        values[rng.random(len(values)) < share] = 99
        return _with(rows, name, values)

    return Fault(f"new category in {share:.0%} of {name}", Kind.BROKEN_INPUT, (name,), seen=change)


def swapped(one: str, other: str) -> Fault:
    def change(_: World, rows: Rows, __: np.random.Generator) -> Rows:
        values, others = rows.features[:, _column(one)], rows.features[:, _column(other)]
        return _with(_with(rows, one, others), other, values)

    return Fault(f"{one} and {other} swapped", Kind.BROKEN_INPUT, (one, other), seen=change)


def _late_weather(_: World, rows: Rows, rng: np.random.Generator) -> Rows:
    """Each flight has the weather of another one: it came too late, and was joined all the same."""
    features, order = rows.features.copy(), rng.permutation(len(rows.late))
    columns = [_column(name) for name in _WEATHER]
    features[:, columns] = features[np.ix_(order, columns)]
    return replace(rows, features=features)


def _redrawn(rows: Rows, weights: np.ndarray, rng: np.random.Generator) -> Rows:
    return rows.take(rng.choice(len(weights), len(weights), p=weights / weights.sum()))


def _farther(_: World, rows: Rows, rng: np.random.Generator) -> Rows:
    """More long flights: the route network changes, the model knows them."""
    distance = rows.features[:, _column("distance")]
    return _redrawn(rows, np.where(distance > 1_000, 4.0, 1.0), rng)


def _unclear(world: World, rows: Rows, rng: np.random.Generator) -> Rows:
    """More of the flights of which the model can't tell: no early ones, none in a storm."""
    scores = world.scores(rows.features)[:, 1]
    low, high = np.quantile(scores, (0.35, 0.75))
    return _redrawn(rows, np.where((scores > low) & (scores < high), 1.0, 0.08), rng)


def _flipped(_: World, rows: Rows, __: np.random.Generator) -> Rows:
    return replace(rows, late=1 - rows.late)


def _other_rules(share: float, origin: int | None) -> Change:
    """Late is drawn anew by the score's rank upside down: as many, but others."""

    def change(world: World, rows: Rows, rng: np.random.Generator) -> Rows:
        scores = world.scores(rows.features)[:, 1]
        ranks = scores.argsort().argsort()
        upside_down = np.sort(scores)[::-1][ranks]
        drawn = (rng.random(len(scores)) < upside_down).astype(rows.late.dtype)
        there = np.ones(len(scores), bool) if origin is None else rows.features[:, _column("origin_code")] == origin
        changed = there & (rng.random(len(scores)) < share)
        return replace(rows, late=np.where(changed, drawn, rows.late))

    return change


FAULTS = (
    Fault("nothing", Kind.STABLE),
    Fault("high summer", Kind.KNOWN_REGIME, weeks=(25, 33)), Fault("deep winter", Kind.KNOWN_REGIME, weeks=(1, 7)),
    unit("distance", 1.609344), unit("temp", 1 / 1.8, -32 / 1.8), unit("pressure", 1 / 33.86389),
    unit("sched_dep_minute", 1 / 60), unit("visib", 1.609344), unit("humid", 0.01),
    stuck("humid", 1.0), stuck("pressure", 0.5), stuck("seats", 1.0), stuck("wind_speed", 0.4),
    nulls("humid", 0.3), nulls("seats", 0.6), nulls("dewp", 0.15),
    category("carrier_code", 0.1), category("origin_code", 0.05),
    swapped("sched_dep_minute", "sched_arr_minute"), swapped("dest_lat", "dest_lon"), swapped("temp", "dewp"),
    swapped("humid", "visib"),
    Fault("weather of another hour", Kind.CONCEPT_DRIFT, seen=_late_weather),
    Fault("population, no loss", Kind.BENIGN_SHIFT, ("distance", "dest_lon"), drawn=_farther),
    Fault("population, with loss", Kind.HARMFUL_SHIFT, ("sched_dep_minute",), drawn=_unclear),
    Fault("labels flipped", Kind.LABEL_FAULT, truth=_flipped),
    Fault("other rules at JFK", Kind.CONCEPT_DRIFT, truth=_other_rules(1.0, 1)),
    Fault("other rules for half", Kind.CONCEPT_DRIFT, truth=_other_rules(0.5, None)),
    Fault("attribution breaks", Kind.LABEL_FAULT, worth=0.7),
)  # fmt: skip
