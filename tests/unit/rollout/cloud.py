"""A world in which a rollout can be steered: records with revisions, counts, alarms and messages, all of it mortal."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from serin.errors import AccessDenied, Conflict, Throttled
from serin.registry.endpoints import Endpoint
from serin.registry.notice import Notice
from serin.registry.records import AuditEntry
from serin.rollout.cliffs import Cliff
from serin.rollout.controller import Controller, Stored
from serin.rollout.evidence import Alarm, Arms, Command, Window
from serin.rollout.guardrails import ERRORS, Guardrail
from serin.rollout.kpi import Kpi
from serin.rollout.plan_text import parse_plan
from serin.rollout.ports import Operator
from serin.rollout.release import Alias, Release
from serin.rollout.slices import Earned, Slice, spans
from serin.rollout.state import Rollout
from serin.stats.counts import Counts
from tests.unit.rollout.looks import MINUTE, T0
from tests.unit.rollout.world import ENDPOINT, GOLDEN, Died, World

PLAN = "5,50@3m+min=500+deadline=2h"


@dataclass
class Cloud(World):
    """Implements every port of a Controller. `bad` of `requests` canary requests fail in each minute of traffic."""

    now: datetime = T0
    bad: int = 0
    requests: int = 400
    rollouts: dict[str, tuple[Rollout, int]] = field(default_factory=dict)
    lock: str | None = None
    asked: list[Command] = field(default_factory=list)
    counted: list[Window] = field(default_factory=list)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    told: list[Notice] = field(default_factory=list)
    throttled: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    guards: tuple[Guardrail | Kpi, ...] = (ERRORS,)
    outcomes: list[tuple[datetime, str, int]] = field(default_factory=list)

    def controller(self) -> Controller:
        operator = Operator("serin", self, self, lambda: self.now, self.steps.append, lambda _: None)
        return Controller(
            operator, Records(self), self, AlarmBoard(self), self, lambda _endpoint, _version: GOLDEN, self
        )

    def deploy(self, plan: str = PLAN) -> Rollout:
        """The next release is to replace the live one; both exist. Raises Conflict while another one is active."""
        previous, candidate = int(self.live.version), max(map(int, self.published)) + 1
        if self.lock:
            raise Conflict("another rollout is active")
        self.published[str(candidate)] = replace(self.latest, version=str(candidate), revision=f"p{candidate}")
        for number in (previous, candidate):
            self.releases[number] = Release("churn", number, number, "code1", f"f{number}", "", "me")
        rollout = Rollout.start(
            f"{len(self.rollouts):02}", "churn", candidate, previous, parse_plan(plan), self.guards, "me", self.now,
            version=candidate, previous_version=previous,
        )  # fmt: skip
        self.counted = []  # what was counted before is of other releases
        Records(self).start(rollout, AuditEntry.of("churn", "rollout", "me", self.now))
        return rollout

    def minutes(self, count: int) -> None:
        """Traffic, as `live` splits it now."""
        candidate = str(self.rollout.candidate) if self.rollouts else ""
        for _ in range(count):
            if candidate in {self.live.version, *self.live.weights}:
                control = Counts(0, 0 if self.live.version == candidate else 4000)
                arms = Arms(control, Counts(min(self.bad, self.requests), self.requests))
            else:
                arms = Arms(Counts(0, 4000))
            self.counted.append(Window(self.now, self.now + MINUTE, {"errors": arms}))
            self.now += MINUTE

    def windows(self, endpoint: Endpoint, rollout: Rollout, now: datetime) -> tuple[Window, ...]:
        self.reached("windows")
        return tuple(self.counted[-30:])

    def come_in(self, at: datetime, *, control: Iterable[int] = (), candidate: Iterable[int] = ()) -> None:
        """Outcomes of predictions of that time, in whole units of the KPI."""
        previous, release = str(self.rollout.previous), str(self.rollout.candidate)
        self.outcomes += [(at, previous, value) for value in control] + [(at, release, value) for value in candidate]

    def slices(self, endpoint: Endpoint, rollout: Rollout, kpi: Kpi, now: datetime) -> tuple[Slice, ...]:
        self.reached("slices")
        found = []
        for start, end in spans(rollout.started, rollout.moves, now):
            arms = {str(rollout.previous): Earned(), str(rollout.candidate): Earned()}
            for at, release, value in self.outcomes:
                if start <= at < end and release in arms:
                    arms[release] += Earned.of(value * 1_000_000, kpi)
            found.append(Slice(start, end, *arms.values()))
        return tuple(found)

    def alias(self, function: str, name: str) -> Alias:
        self.reached("alias")
        return super().alias(function, name)

    def move_alias(self, function: str, name: str, to: Alias) -> None:
        self.reached("move_alias")
        super().move_alias(function, name, to)

    def invoke(self, function: str, version: str, event: dict[str, Any]) -> dict[str, Any]:
        self.reached("invoke")
        return super().invoke(function, version, event)

    def tell(self, endpoint: Endpoint, notice: Notice) -> None:
        self.reached("tell")
        self.told.append(notice)
        self.effect()

    def goes_red(self, name: str, before: timedelta = timedelta()) -> Alarm:
        self.alarms[name] = Alarm(name, True, self.now - before, 5)
        return self.alarms[name]

    def reached(self, what: str) -> None:
        if what in self.throttled:
            raise Throttled(f"{what}: Rate exceeded")
        if what in self.denied:
            raise AccessDenied(f"not authorized to perform: {what}")

    @property
    def rollout(self) -> Rollout:
        return self.rollouts[max(self.rollouts)][0]


@dataclass(frozen=True)
class Records:
    """Implements Rollouts, as the table does: one transaction each."""

    cloud: Cloud

    def active(self, model: str) -> Stored | None:
        return Stored(*self.cloud.rollouts[self.cloud.lock]) if self.cloud.lock else None

    def all(self, model: str) -> tuple[Rollout, ...]:
        return tuple(rollout for rollout, _ in self.cloud.rollouts.values())

    def start(self, rollout: Rollout, audit: AuditEntry) -> None:
        if self.cloud.lock:
            raise Conflict("another rollout is active")
        self.cloud.lock = rollout.id
        self.cloud.rollouts[rollout.id] = rollout, 1
        self.cloud.trail.append(audit)
        self.cloud.effect()

    def save(self, stored: Stored, rollout: Rollout, audits: Iterable[AuditEntry], *, over: bool = False) -> Stored:
        self.cloud.reached("save")
        if self.cloud.rollouts[rollout.id][1] != stored.revision:
            raise Conflict("changed meanwhile")
        kept = Rollout.from_dict(rollout.to_dict())
        assert kept == rollout, "the record holds all of it"
        self.cloud.rollouts[rollout.id] = kept, stored.revision + 1
        self.cloud.trail += audits
        self.cloud.lock = None if over else self.cloud.lock
        self.cloud.effect()
        return Stored(kept, stored.revision + 1)

    def commands(self, rollout: Rollout) -> tuple[Command, ...]:
        return tuple(self.cloud.asked)

    def command(self, rollout: Rollout, command: Command, audit: AuditEntry) -> None:
        self.cloud.asked.append(command)
        self.cloud.effect()


@dataclass(frozen=True)
class AlarmBoard:
    """Implements Alarms."""

    cloud: Cloud

    def states(self, endpoint: Endpoint) -> tuple[Alarm, ...]:
        self.cloud.reached("states")
        return tuple(self.cloud.alarms.values())

    def put(self, endpoint: Endpoint, cliff: Cliff) -> None:
        self.cloud.reached("put")
        before = self.cloud.alarms.get(str(cliff.name))
        since = before.since if before else self.cloud.now
        self.cloud.alarms[str(cliff.name)] = Alarm(str(cliff.name), bool(before and before.red), since, cliff.threshold)
        self.cloud.effect()

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            self.cloud.alarms.pop(name, None)
        self.cloud.effect()


def survived(cloud: Cloud, what: object) -> bool:
    """Did it come to its end? `what` is called; when it dies, the process is new afterwards."""
    try:
        what()  # type: ignore[operator]
    except Died:
        return False
    return True


__all__ = ["ENDPOINT", "PLAN", "Cloud", "Records", "survived"]
