"""Where does one rollout stand? Immutable; a record of DynamoDB holds all of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from serin.errors import Conflict, InvalidSettings
from serin.registry.records import timestamp
from serin.rollout.evidence import Window
from serin.rollout.guardrails import Guardrail
from serin.rollout.kpi import Kpi
from serin.rollout.kpi_watch import KpiWatch
from serin.rollout.phases import Action, Entry, Phase
from serin.rollout.plan import Plan, Step
from serin.rollout.release import Alias
from serin.rollout.slices import Slice
from serin.rollout.verdict import Verdict, worst
from serin.rollout.watch import Finding, Watch

__all__ = ["SERIN", "Rollout", "whole_ms"]

SERIN = "serin"
_HISTORY = 300


def whole_ms(at: datetime) -> datetime:
    """As exact as the record keeps it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Rollout:
    """`weight` is the candidate's percentage of `live` as decided; `confirmed` once `live` was seen to have it.

    `since` is when the present step began, `armed` when the present tests did, `step` the index in the plan, -1 before
    it. `taken` are the windows that were counted already. `reason` tells the last decision, also where nothing moved.
    `version` is the candidate's model version (0: unknown), `untold` how many of the last lines nobody was told yet.
    `watches` judge counts, `kpis` what predictions were worth.
    """

    id: str
    model: str
    candidate: int
    previous: int
    plan: Plan
    watches: tuple[Watch, ...]
    started: datetime
    since: datetime
    armed: datetime
    phase: Phase = Phase.SMOKE
    step: int = -1
    weight: int = 0
    confirmed: bool = True
    paused: bool = False
    commanded: datetime | None = None
    taken: tuple[Window, ...] = ()
    reason: str = ""
    history: tuple[Entry, ...] = ()
    version: int = 0
    previous_version: int = 0
    untold: int = 0
    kpis: tuple[KpiWatch, ...] = ()

    @classmethod
    def start(
        cls,
        id: str,
        model: str,
        candidate: int,
        previous: int,
        plan: Plan,
        guardrails: Iterable[Guardrail | Kpi],
        by: str,
        now: datetime,
        *,
        version: int = 0,
        previous_version: int = 0,
        why: str = "",
    ) -> Self:
        """Raises Conflict when the candidate is live already, InvalidSettings without guardrails on its counts."""
        if candidate == previous:
            raise Conflict(f"Release {candidate} of {model} is live already: there is nothing to roll out.")
        given = tuple(guardrails)
        watches = tuple(Watch.start(one) for one in given if isinstance(one, Guardrail))
        kpis = tuple(KpiWatch.start(one) for one in given if isinstance(one, Kpi))
        if not watches:
            raise InvalidSettings("A rollout without guardrails can't be judged: name one, such as errors.")
        now, said = whole_ms(now), f": {why}" if why else ""
        reason = f"started: release {candidate} is to replace release {previous} ({plan}){said}"
        first = Entry(now, Action.HOLD, Phase.SMOKE, 0, by, reason)
        return cls(
            id, model, candidate, previous, plan, watches, now, now, now,
            reason=reason, history=(first,), version=version, previous_version=previous_version, untold=1, kpis=kpis,
        )  # fmt: skip

    @property
    def current(self) -> Step:
        """What the present step must wait for; a shadow phase is measured like the first."""
        return self.plan.steps[max(0, self.step)]

    @property
    def deadline(self) -> datetime:
        return self.started + timedelta(seconds=self.plan.deadline_s)

    @property
    def wanted(self) -> Alias:
        """What `live` must be; without a revision."""
        if self.weight == 100:
            return Alias(str(self.candidate))
        weights = {str(self.candidate): self.weight / 100} if self.weight else {}
        return Alias(str(self.previous), weights=weights)

    def weight_on(self, live: Alias) -> int | None:
        """The candidate's percentage on the alias as it was seen; None when it points somewhere else."""
        candidate, previous = str(self.candidate), str(self.previous)
        if live.version == candidate and not live.weights:
            return 100
        if live.version == previous and set(live.weights) <= {candidate}:
            return round(100 * live.weights.get(candidate, 0.0))
        return None

    @property
    def settled(self) -> bool:
        """Ended, and `live` was seen where it belongs: nobody need look at this rollout again."""
        return self.phase.ended and self.confirmed

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*(watch.finding for watch in self.watches), *(kpi.finding for kpi in self.kpis))

    @property
    def verdict(self) -> Verdict:
        """Of all that is required; any HARM counts."""
        findings = self.findings
        return worst(*(one.verdict for one in findings if one.required or one.verdict is Verdict.HARM))

    @property
    def requests(self) -> int:
        """Candidate requests of this step that every guardrail has seen."""
        return min(watch.step.total for watch in self.watches)

    @property
    def moves(self) -> tuple[datetime, ...]:
        """When weights changed."""
        known = {entry.at for entry in self.history if entry.action in {Action.SET_WEIGHT, Action.PROMOTE}}
        return tuple(sorted(known | {self.armed, self.since}))

    def moved_during(self, window: Window | Slice) -> bool:
        """Did weights change inside the window? Then its counts have no one share of traffic."""
        return any(window.straddles(at) for at in self.moves)

    def note(self, entry: Entry) -> "Rollout":
        """Add a line to the history. The same move tried again replaces its line."""
        kept, untold = self.history, self.untold + 1
        if kept and replace(kept[-1], at=entry.at) == entry:
            kept, untold = kept[:-1], max(1, self.untold)
        return replace(self, history=(*kept, entry)[-_HISTORY:], reason=entry.reason, untold=min(untold, _HISTORY))

    @property
    def news(self) -> tuple[Entry, ...]:
        """The lines of history that nobody was told yet, the oldest first."""
        return self.history[-self.untold :] if self.untold else ()

    def to_dict(self) -> dict[str, Any]:
        """Strings, whole numbers, booleans, lists and maps: no floats."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            **{name: timestamp(getattr(self, name)) for name in _TIMES},
            "phase": self.phase.value,
            "plan": self.plan.to_dict(),
            "commanded": None if self.commanded is None else timestamp(self.commanded),
            "watches": [watch.to_dict() for watch in self.watches],
            "kpis": [kpi.to_dict() for kpi in self.kpis],
            "taken": [window.to_dict() for window in self.taken],
            "history": [entry.to_dict() for entry in self.history],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Numbers may come back as Decimal. Older records have no KPIs."""
        commanded = document["commanded"]
        plain: dict[str, Any] = {name: document[name] for name in _PLAIN}
        plain |= {name: int(document[name]) for name in _NUMBERS}
        plain |= {name: datetime.fromisoformat(document[name]) for name in _TIMES}
        return cls(
            **plain,
            phase=Phase(document["phase"]),
            plan=Plan.from_dict(document["plan"]),
            commanded=None if commanded is None else datetime.fromisoformat(commanded),
            watches=tuple(Watch.from_dict(watch) for watch in document["watches"]),
            kpis=tuple(KpiWatch.from_dict(kpi) for kpi in document.get("kpis", ())),
            taken=tuple(Window.from_dict(window) for window in document["taken"]),
            history=tuple(Entry.from_dict(entry) for entry in document["history"]),
        )


_NUMBERS = ("candidate", "previous", "step", "weight", "version", "previous_version", "untold")
_PLAIN = (*_NUMBERS, "id", "model", "confirmed", "paused", "reason")
_TIMES = ("started", "since", "armed")
