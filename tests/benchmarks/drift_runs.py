"""One simulated window with a fault of known kind: what it is called, what it costs, and whether that is right."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from sklearn.metrics import roc_auc_score

from infra.demo import flights
from serin.drift.budget import Budget
from serin.drift.diagnosis import QUIET, Kind
from serin.drift.examine import examine
from tests.benchmarks.drift_faults import Fault
from tests.benchmarks.drift_world import DAY, Rows, World, by_week, earlier, happened, independent, worth_of

__all__ = ["Run", "simulate"]

NOW, WEEK = datetime(2026, 1, 1, tzinfo=UTC), 7 * DAY
COSTLY, UNCLEAR = 0.05, 0.03
_ORDER = ("seats", "sched_dep_minute", "humid", "carrier_code", "pressure", "dewp", "temp", "origin_code", "distance")
_OF_OUTCOMES = frozenset({Kind.CONCEPT_DRIFT, Kind.LABEL_FAULT})


@dataclass(frozen=True)
class Run:
    """`loss` is what the fault costs in AUC, against the same flights without it, on many rows. A moved population is
    harmful or benign by that."""

    fault: Fault
    rows: int
    features: int
    found: Kind
    loss: float
    sentence: str

    @property
    def truth(self) -> Kind:
        if self.fault.drawn is None:
            return self.fault.kind
        return Kind.HARMFUL_SHIFT if self.loss >= COSTLY else Kind.BENIGN_SHIFT

    @property
    def is_right(self) -> bool:
        """Where nothing is wrong, and in any season, it is enough that nobody is woken."""
        return self.found in QUIET if self.truth in QUIET else self.found is self.truth

    @property
    def matters(self) -> bool:
        """A thousand rows for what inputs show, five thousand for what outcomes do, and a cost of five points for what
        quality does; a moved population that costs three to five points may be called either way."""
        if self.rows < (5_000 if self.truth in _OF_OUTCOMES else 1_000):
            return False
        if self.truth is Kind.CONCEPT_DRIFT:
            return self.loss >= COSTLY
        return self.truth is not Kind.BENIGN_SHIFT or self.loss <= UNCLEAR

    @property
    def is_missed(self) -> bool:
        """A fault that costs over five points, and is called stable or known."""
        return self.loss > COSTLY and self.found in (Kind.STABLE, Kind.KNOWN_REGIME)


def simulate(timed: bool, fault: Fault, rows: int, features: int, seed: int) -> Run | None:
    """None where the fault needs more features than are watched, or time where there is none."""
    if len(fault.features) > features or (fault.weeks and not timed):
        return None
    world, rng = _world(timed, _watched(fault, features)), np.random.default_rng(seed)
    pool = world.week(int(rng.integers(*(fault.weeks or (2, 50))))) if timed else world.pool
    real, seen = _faulty(world, fault, pool, rows, rng)
    worth = worth_of(real, rng)
    if fault.worth < 1:
        worth = np.where(rng.random(rows) < fault.worth, worth, 0.0)
    told = happened(world, real, seen, (worth, earlier(world, rng)))
    found = examine(world.window(seen, seed), world.baseline, world.seasons, told, Budget(), NOW, seconds=WEEK)
    loss = _auc(world, pool, pool) - _auc(world, *_faulty(world, fault, pool, 20_000, rng))
    return Run(fault, rows, features, found.verdict.kind, loss, found.sentence)


def _auc(world: World, real: Rows, seen: Rows) -> float:
    return float(roc_auc_score(real.late, world.scores(seen.features)[:, 1]))


def _faulty(world: World, fault: Fault, pool: Rows, number: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """What really was, and what the model saw of it."""
    real = pool.take(rng.integers(0, len(pool.late), number))
    if fault.drawn:
        real = fault.drawn(world, real, rng)
    seen = fault.seen(world, real, rng) if fault.seen else real
    return (fault.truth(world, real, rng) if fault.truth else real), seen


def _watched(fault: Fault, features: int) -> tuple[str, ...]:
    known = tuple(dict.fromkeys((*fault.features, *_ORDER, *flights.FEATURES)))[:features]
    return (*known, *(f"made_up_{n}" for n in range(features - len(known))))


@lru_cache(maxsize=1)
def _trained(timed: bool) -> World:
    return (by_week if timed else independent)(flights.FEATURES)


@lru_cache(maxsize=8)
def _world(timed: bool, names: tuple[str, ...]) -> World:
    return replace(_trained(timed), names=names)
