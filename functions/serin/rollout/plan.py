"""In which steps does traffic go to a candidate, and what must each step wait for?"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Self

from serin.errors import InvalidSettings

__all__ = ["Plan", "Step"]

_DAY_S = 86_400


@dataclass(frozen=True)
class Step:
    """At least `bake_s` seconds and `min_requests` candidate requests at `weight` percent."""

    weight: int
    bake_s: int
    min_requests: int

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 100:
            raise InvalidSettings(f"A step of {self.weight} % can't be: steps lie above 0 and at most at 100.")
        if self.bake_s <= 0:
            raise InvalidSettings(f"The step of {self.weight} % has no bake time: give it at least a second, say @10m.")
        if self.min_requests <= 0:
            raise InvalidSettings(f"The step of {self.weight} % asks for {self.min_requests} requests: ask for one.")


@dataclass(frozen=True)
class Plan:
    """The last step is 100 %, where the candidate bakes. `shadow` is the percentage mirrored before, 0 for none."""

    steps: tuple[Step, ...]
    deadline_s: int
    shadow: int = 0

    def __post_init__(self) -> None:
        if not self.steps or self.steps[-1].weight != 100:
            raise InvalidSettings("A plan must end at 100 %.")
        for one, next_one in pairwise(self.steps):
            if next_one.weight <= one.weight:
                raise InvalidSettings(f"Steps must increase: {next_one.weight} % can't follow {one.weight} %.")
        if not 0 <= self.shadow <= 100:
            raise InvalidSettings(f"A shadow share of {self.shadow} % can't be: it lies from 0 to 100.")
        if self.deadline_s <= self.bakes_s:
            raise InvalidSettings(
                f"The deadline of {self.deadline_s} s is not longer than the steps' bake times, {self.bakes_s} s in "
                "all: every rollout would be taken back. Give more time, or bake less."
            )

    @classmethod
    def of(
        cls,
        weights: Iterable[int],
        bake_s: int,
        min_requests: int,
        deadline_s: int | None = None,
        shadow: int = 0,
    ) -> Self:
        """All steps alike, 100 % added where it is missing. Without a deadline: a day, or twice the bake times."""
        listed = tuple(weights)
        all_weights = listed if listed and listed[-1] >= 100 else (*listed, 100)
        steps = tuple(Step(weight, bake_s, min_requests) for weight in all_weights)
        least = 2 * bake_s * (len(steps) + bool(shadow))
        return cls(steps, max(_DAY_S, least) if deadline_s is None else deadline_s, shadow)

    @property
    def bakes_s(self) -> int:
        """The least time that the plan can take; a shadow phase bakes as long as the first step."""
        return sum(step.bake_s for step in self.steps) + (self.steps[0].bake_s if self.shadow else 0)

    def __str__(self) -> str:
        weights = " → ".join(str(step.weight) for step in self.steps)
        return (f"shadow {self.shadow} %, then " if self.shadow else "") + f"{weights} %"

    def to_dict(self) -> dict[str, Any]:
        return {
            "steps": [asdict(step) for step in self.steps],
            "deadline_s": self.deadline_s,
            "shadow": self.shadow,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Numbers may come back as Decimal."""
        steps = (Step(**{name: int(value) for name, value in step.items()}) for step in document["steps"])
        return cls(tuple(steps), int(document["deadline_s"]), int(document["shadow"]))
