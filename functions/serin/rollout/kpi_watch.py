"""What did a candidate earn so far beside control, and what does that say?

Each look is what came in new for one slice of time, of both releases: their predictions are of the same hour and their
outcomes of the same delay. MeanHarm goes on over all steps, MeanDifference begins anew in each. At 100 % the
candidate's mean is held against control's, each with its confidence sequence; control's late outcomes still count.

Where a value decides when it is told (good ones at once, bad ones days later), looks compare good with good and bad
with bad. That convicts no good candidate, but finds a bad one late or not at all: give the guardrail an age.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from serin.outcomes.outcome import MICRO
from serin.rollout.kpi import Kpi, plain
from serin.rollout.slices import Earned, Slice
from serin.rollout.verdict import Verdict
from serin.rollout.watch import Finding
from serin.stats.bounded_mean import MeanSequence
from serin.stats.mean_difference import MeanDifference
from serin.stats.mean_harm import MeanHarm
from serin.stats.mixture import crossed

__all__ = ["KpiWatch"]

_NOTHING = Earned()


def _sequence() -> MeanSequence:
    return MeanSequence(0.0, 1.0)


def _safety(guardrail: Kpi) -> MeanDifference:
    return MeanDifference.start(low=0.0, high=1.0, margin=guardrail.scaled_margin)


@dataclass(frozen=True)
class KpiWatch:
    """`control` and `candidate` are all that was counted beside each other, `step` the candidate's of this step and
    `step_control` what control earned beside it.

    `before` is control's mean, `lone` the candidate's at 100 %: None below. `taken` is what was counted of each slice.
    """

    guardrail: Kpi
    harm: MeanHarm
    safety: MeanDifference
    before: MeanSequence
    lone: MeanSequence | None = None
    control: Earned = _NOTHING
    candidate: Earned = _NOTHING
    step: Earned = _NOTHING
    step_control: Earned = _NOTHING
    taken: tuple[Slice, ...] = ()

    @classmethod
    def start(cls, guardrail: Kpi) -> Self:
        return cls(guardrail, MeanHarm.start(low=0.0, high=1.0), _safety(guardrail), _sequence())

    def next_step(self) -> "KpiWatch":
        """Each step proves itself; what speaks for harm is kept."""
        lone = None if self.lone is None else _sequence()
        return replace(self, safety=_safety(self.guardrail), lone=lone, step=_NOTHING, step_control=_NOTHING)

    def alone(self) -> "KpiWatch":
        """Control has lost its traffic. Outcomes of what it predicted before may still come."""
        return replace(self.next_step(), lone=_sequence())

    def baseline(self, new: Slice) -> "KpiWatch":
        """Of the time before the candidate had traffic: tells what control earns."""
        moments = new.control.moments(self.guardrail)
        return replace(self, before=self.before.update(moments), control=self.control + new.control)

    def update(self, new: Slice, this_step: bool) -> "KpiWatch":
        """One look at both releases, under weights that stood still."""
        control, candidate = new.control.moments(self.guardrail), new.candidate.moments(self.guardrail)
        after = replace(
            self.baseline(new), harm=self.harm.update(control, candidate), candidate=self.candidate + new.candidate
        )
        if not this_step:
            return after
        return replace(
            after,
            safety=self.safety.update(control, candidate),
            step=self.step + new.candidate,
            step_control=self.step_control + new.control,
        )

    def update_alone(self, new: Slice) -> "KpiWatch":
        lone = (self.lone or _sequence()).update(new.candidate.moments(self.guardrail))
        return replace(self, lone=lone, step=self.step + new.candidate)

    @property
    def at_full_weight(self) -> Earned:
        """The candidate's outcomes at 100 %, without control beside it."""
        return _NOTHING if self.lone is None else self.step

    @property
    def clipped(self) -> int:
        """How many values lay outside of the bounds."""
        return (self.control + self.candidate + self.at_full_weight).clipped

    @property
    def log_e_safe(self) -> float | None:
        """Log e, as of now, against "earns less by the margin"; None at 100 %, where intervals decide.

        Not the highest that it ever was: outcomes that come first may be the good ones.
        """
        return self.safety.log_e if self.lone is None else None

    @property
    def finding(self) -> Finding:
        verdict = self._verdict()
        words = {Verdict.HARM: "does harm", Verdict.SAFE: "is safe", Verdict.UNDECIDED: "is undecided"}
        reason = f"KPI {self.guardrail.kpi} {words[verdict]}: {self._numbers()}"
        return Finding(self.guardrail.name, verdict, reason, required=self.guardrail.required)

    def _verdict(self) -> Verdict:
        if self.harm.harmful(self.guardrail.alpha):
            return Verdict.HARM
        if not self.step.n:
            return Verdict.UNDECIDED
        if self.lone is not None:
            return self._verdict_alone(self.lone)
        proved = crossed(self.safety.log_e, self.guardrail.alpha)
        return Verdict.SAFE if proved and self._seems_safe() else Verdict.UNDECIDED

    def _seems_safe(self) -> bool:
        """Do the plain means say so too? They don't where the bad outcomes come last."""
        loss = (self.step_control.mean or 0.0) - (self.step.mean or 0.0)
        return loss * MICRO < self.guardrail.margin

    def _verdict_alone(self, lone: MeanSequence) -> Verdict:
        """Both intervals hold with half of alpha each, so their difference holds with alpha."""
        one, two = (sequence.interval(self.guardrail.alpha / 2) for sequence in (self.before, lone))
        limit = -self.guardrail.scaled_margin
        if two.high - one.low < limit:
            return Verdict.HARM
        return Verdict.SAFE if two.low - one.high > limit else Verdict.UNDECIDED

    def _numbers(self) -> str:
        alone = self.lone is not None and not self.harm.harmful(self.guardrail.alpha)
        mine = f"{_mean(self.step)} at 100 %" if alone else _mean(self.candidate)
        against = f"{mine} against {_mean(self.control)} on the release before, margin {plain(self.guardrail.margin)}"
        e_value = "" if alone else f", e = {self.harm.e_value:.3g}"
        clipped = f", {self.clipped:,} values clipped to {self.guardrail.bounds}" if self.clipped else ""
        return f"{against}{e_value}{clipped}"

    def to_dict(self) -> dict[str, Any]:
        """The tests' states are JSON text: they are floats, which DynamoDB does not take."""
        tests = {name: json.dumps(getattr(self, name).to_dict()) for name in ("harm", "safety", "before")}
        earned = {name: getattr(self, name).to_list() for name in _EARNED}
        lone = None if self.lone is None else json.dumps(self.lone.to_dict())
        taken = [one.to_dict() for one in self.taken]
        return {"guardrail": self.guardrail.to_dict(), **tests, **earned, "lone": lone, "taken": taken}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        lone, (one, two, three, four) = document["lone"], (Earned(*map(int, document[name])) for name in _EARNED)
        return cls(
            Kpi.from_dict(document["guardrail"]),
            MeanHarm.from_dict(json.loads(document["harm"])),
            MeanDifference.from_dict(json.loads(document["safety"])),
            MeanSequence.from_dict(json.loads(document["before"])),
            None if lone is None else MeanSequence.from_dict(json.loads(lone)),
            one,
            two,
            three,
            four,
            tuple(Slice.from_dict(one) for one in document["taken"]),
        )


_EARNED = ("control", "candidate", "step", "step_control")


def _mean(earned: Earned) -> str:
    return "no outcomes" if earned.mean is None else f"{earned.mean:,.4g} over {earned.n:,} outcomes"
