"""What has one guardrail seen of a candidate so far, and what does it say?

While control has traffic, the candidate is compared with it, look by look (HarmTest over all steps, DifferenceSequence
anew in each). At 100 % its rate is held against a limit that was fixed when control lost its traffic.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from serin.rollout.evidence import NONE, Arms
from serin.rollout.guardrails import Guardrail
from serin.rollout.verdict import Verdict
from serin.stats.counts import Counts
from serin.stats.difference import DifferenceSequence
from serin.stats.harm import HarmTest
from serin.stats.rates import rate_interval

__all__ = ["Finding", "Harm", "Safety", "Watch"]

_ENOUGH_CONTROL = 500
_PPM = 1_000_000


class Harm(Protocol):
    """Asked of the test that convicts."""

    @property
    def e_value(self) -> float: ...

    def update(self, control: Counts, candidate: Counts) -> "Harm": ...

    def harmful(self, alpha: float) -> bool: ...

    def to_dict(self) -> dict[str, Any]: ...


class Safety(Protocol):
    """Asked of the test that acquits."""

    def update(self, control: Counts, candidate: Counts) -> "Safety": ...

    def safe(self, alpha: float, margin: float) -> bool: ...

    def log_e(self, margin: float) -> float: ...

    def to_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Finding:
    """What one guardrail says of a candidate, and why."""

    guardrail: str
    verdict: Verdict
    reason: str
    required: bool = True

    @property
    def holds(self) -> bool:
        """Does a step wait for it? One that is not required can only convict."""
        return self.required and self.verdict is not Verdict.SAFE


@dataclass(frozen=True)
class Watch:
    """`control` and `candidate` count all since the tests began, `step` the candidate's requests of this step."""

    guardrail: Guardrail
    harm: Harm
    safety: Safety
    control: Counts = NONE
    candidate: Counts = NONE
    step: Counts = NONE
    limit_ppm: int | None = None

    @classmethod
    def start(cls, guardrail: Guardrail) -> Self:
        return cls(
            guardrail, HarmTest.start(tolerated=guardrail.tolerated), DifferenceSequence.start((guardrail.margin,))
        )

    def rearmed(self) -> "Watch":
        """New tests, for what was seen so far was not live traffic. Control's rate stays known."""
        return replace(Watch.start(self.guardrail), control=self.control)

    def next_step(self) -> "Watch":
        """Each step proves itself; what speaks for harm is kept."""
        return replace(self, safety=DifferenceSequence.start((self.guardrail.margin,)), step=NONE)

    @property
    def limit(self) -> float:
        """The rate that no good candidate exceeds, by what was seen of control."""
        if self.limit_ppm is not None:
            return self.limit_ppm / _PPM
        if self.control.total < _ENOUGH_CONTROL:
            return self.guardrail.ceiling
        known = rate_interval(self.control, self.guardrail.alpha).high
        return min(known + self.guardrail.margin, 1 - 1 / _PPM)

    def alone(self) -> "Watch":
        """Control has lost its traffic: fix the limit."""
        return replace(self.next_step(), limit_ppm=round(self.limit * _PPM))

    def baseline(self, arms: Arms) -> "Watch":
        return replace(self, control=self.control + arms.control)

    def update(self, arms: Arms, this_step: bool) -> "Watch":
        """One look at live traffic of both releases, under weights that stood still during it."""
        after = replace(
            self,
            harm=self.harm.update(arms.control, arms.candidate),
            control=self.control + arms.control,
            candidate=self.candidate + arms.candidate,
        )
        if not this_step:
            return after
        safety = self.safety.update(arms.control, arms.candidate) if self.limit_ppm is None else self.safety
        return replace(after, safety=safety, step=self.step + arms.candidate)

    def late(self, new: Arms, whole: Arms, this_step: bool) -> "Watch":
        """What came late for a window that was counted already; `whole` is all of that window.

        Crashes are often counted after the requests beside which they happened. Alone they would be a look without
        traffic, which says nothing: the share of the traffic is that of the whole window. And a step that seemed safe
        before bad news came in proves itself anew.
        """
        after = replace(
            self.update(new, this_step),
            harm=self.harm.update(
                Counts(new.control.bad, whole.control.total), Counts(new.candidate.bad, whole.candidate.total)
            ),
        )
        if this_step and new.candidate.bad and not new.control.total:
            return replace(after, safety=DifferenceSequence.start((self.guardrail.margin,)))
        return after

    @property
    def log_e_safe(self) -> float | None:
        """Log e against "worse by the margin"; None at 100 %, where an interval decides."""
        return self.safety.log_e(self.guardrail.margin) if self.limit_ppm is None else None

    @property
    def finding(self) -> Finding:
        verdict = self._verdict()
        words = {Verdict.HARM: "do harm", Verdict.SAFE: "are safe", Verdict.UNDECIDED: "are undecided"}
        return Finding(self.guardrail.name, verdict, f"{self.guardrail.bad} {words[verdict]}: {self._numbers()}")

    def _verdict(self) -> Verdict:
        alpha, margin = self.guardrail.alpha, self.guardrail.margin
        if self.harm.harmful(alpha):
            return Verdict.HARM
        if not self.step.total:
            return Verdict.UNDECIDED
        if self.limit_ppm is None:
            return Verdict.SAFE if self.safety.safe(alpha, margin) else Verdict.UNDECIDED
        interval = rate_interval(self.step, alpha)
        if interval.low > self.limit:
            return Verdict.HARM
        return Verdict.SAFE if interval.high < self.limit else Verdict.UNDECIDED

    def _numbers(self) -> str:
        if self.limit_ppm is not None and not self.harm.harmful(self.guardrail.alpha):
            return f"{_share(self.step)}, the limit is {self.limit_ppm / 10_000:.3g} %"
        against = f"{_share(self.candidate)} against {_share(self.control)} on the release before"
        return f"{against}, margin {self.guardrail.margin * 100:.3g} %, e = {self.harm.e_value:.3g}"

    def to_dict(self) -> dict[str, Any]:
        """The tests' states are JSON text: they are floats, which DynamoDB does not take."""
        counts = {name: [value.bad, value.total] for name, value in self._counts().items()}
        tests = {"harm": json.dumps(self.harm.to_dict()), "safety": json.dumps(self.safety.to_dict())}
        return {"guardrail": self.guardrail.to_dict(), **tests, **counts, "limit_ppm": self.limit_ppm}

    def _counts(self) -> dict[str, Counts]:
        return {"control": self.control, "candidate": self.candidate, "step": self.step}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        one, two, three = (_counts(document[name]) for name in ("control", "candidate", "step"))
        limit = document["limit_ppm"]
        return cls(
            Guardrail.from_dict(document["guardrail"]),
            HarmTest.from_dict(json.loads(document["harm"])),
            DifferenceSequence.from_dict(json.loads(document["safety"])),
            one,
            two,
            three,
            None if limit is None else int(limit),
        )


def _counts(numbers: Sequence[Any]) -> Counts:
    return Counts(*(int(number) for number in numbers))


def _share(counts: Counts) -> str:
    if not counts.total:
        return "no requests"
    return f"{counts.bad:,} of {counts.total:,} ({100 * counts.bad / counts.total:.2f} %)"
