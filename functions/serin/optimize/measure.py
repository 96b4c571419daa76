"""What does the other form of a model gain, and what does it lose, on given rows?"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from serin.diff.behaviour import Behaviour, Rows, behave
from serin.diff.version import Version
from serin.errors import BadRequest
from serin.evidence.data import Data, feeds, read_data
from serin.evidence.evaluate import Question, evaluate
from serin.evidence.evaluation import Estimate, Evaluation
from serin.evidence.latency import Run, machine, of_model, turns
from serin.evidence.subject import Subject
from serin.optimize.golden import Moved, moved
from serin.optimize.speed import Speed, compared
from serin.serving import session
from serin.serving.golden import Golden

__all__ = ["Asked", "Measured", "Timer", "measure", "run_in_turns"]

_FEWEST, _MOST, _PATIENCE_NS = 500, 4000, 10_000_000_000
_FEEDS = 200

Timer: TypeAlias = Callable[[Sequence[Run]], list[list[int]]]
"""Nanoseconds of each run of each model, in turns."""


@dataclass(frozen=True)
class Asked:
    """On which rows, at which batch sizes; `tolerance` is how far a number may move without counting as flipped."""

    file: Path
    batches: tuple[int, ...] = (1,)
    label: str | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Measured:
    """Each pair is parent, derived. `load_ms` is the time to a session, which a cold start pays."""

    rows: int
    data_sha256: str
    behaviour: Behaviour
    speeds: tuple[Speed, ...]
    golden: Moved
    bytes: tuple[int, int]
    load_ms: tuple[float, float]
    machine: str
    evaluation: Evaluation | None = None

    @property
    def metrics(self) -> dict[str, Estimate]:
        """How far each metric moved, derived minus parent, where a label was given."""
        rival = self.evaluation.rival if self.evaluation else None
        return dict(rival.differences) if rival else {}

    def to_dict(self) -> dict[str, Any]:
        return {
            "data_sha256": self.data_sha256, "rows": self.rows, "behaviour": self.behaviour.to_dict(),
            "speeds": [speed.to_dict() for speed in self.speeds], "golden": asdict(self.golden),
            "bytes": list(self.bytes), "load_ms": list(self.load_ms), "machine": self.machine,
            "metrics": {name: asdict(one) for name, one in self.evaluation.metrics.items()} if self.evaluation else {},
            "metric_changes": {name: asdict(one) for name, one in self.metrics.items()},
        }  # fmt: skip


def run_in_turns(runs: Sequence[Run]) -> list[list[int]]:
    """A 99th percentile needs more runs than a median: 500 at least, and 4,000 within ten seconds."""
    return turns(runs, fewest=_FEWEST, most=_MOST, patience_ns=_PATIENCE_NS)


def measure(
    parent: Version,
    derived: Version,
    asked: Asked,
    *,
    by: str,
    now: datetime,
    timer: Timer = run_in_turns,
    on_step: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Raises BadRequest for a file, a label or a batch size that does not fit the models."""
    on_step(f"reading {asked.file}")
    data = read_data(asked.file, parent.features)
    on_step(f"comparing answers on {data.rows:,} rows")
    behaviour = behave(parent, derived, Rows(asked.file.name, data, data), asked.tolerance)
    speeds = tuple(_speed(parent, derived, data, batch, timer, on_step) for batch in asked.batches)
    return Measured(
        rows=data.rows,
        data_sha256=data.sha256,
        behaviour=behaviour,
        speeds=speeds,
        golden=moved(Golden.from_dict(parent.golden), Golden.from_dict(derived.golden)),
        bytes=(len(parent.artifact), len(derived.artifact)),
        load_ms=(_load_ms(parent.artifact), _load_ms(derived.artifact)),
        machine=machine(),
        evaluation=_evaluated(parent, derived, asked, by, now, on_step) if asked.label else None,
    )


def _speed(
    parent: Version, derived: Version, data: Data, batch: int, timer: Timer, on_step: Callable[[str], None]
) -> Speed:
    on_step(f"running both in turns at batch {batch}")
    fixed = {spec.shape[0] for spec in parent.signature.inputs if spec.shape} - {-1}
    if fixed and fixed != {batch}:
        raise BadRequest(f"{parent} takes batches of {min(fixed)} rows only: ask for --batch {min(fixed)}.")
    count = max(1, min(_FEEDS, data.rows // batch))
    places = [np.arange(at * batch, (at + 1) * batch) % data.rows for at in range(count)]
    given = [feeds(parent.signature, parent.features, data, one) for one in places]
    before, after = timer([of_model(session.load(version.artifact), given) for version in (parent, derived)])
    return compared(before, after, batch)


def _load_ms(artifact: bytes) -> float:
    """The least of five."""
    taken = []
    for _ in range(5):
        began = time.perf_counter_ns()
        session.load(artifact)
        taken.append(time.perf_counter_ns() - began)
    return round(min(taken) / 1e6, 3)


def _evaluated(
    parent: Version, derived: Version, asked: Asked, by: str, now: datetime, on_step: Callable[[str], None]
) -> Evaluation:
    one, two = (Subject(version.record, version.manifest, version.artifact) for version in (derived, parent))
    return evaluate(one, two, Question(asked.file, str(asked.label)), by=by, now=now, on_step=on_step).evaluation
