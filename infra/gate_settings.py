"""What may an owner ask of a version before it is deployed? `gates` of an endpoint in cdk.json."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from infra.strict import Strict
from serin.errors import InvalidSettings
from serin.fairness.limits import Limits
from serin.gates.thresholds import Thresholds

__all__ = ["Gates", "Threshold"]

Figure = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Threshold(Strict):
    """What one metric has to be, and by how much it may be worse than that of the live version."""

    min: Figure | None = None
    max: Figure | None = None
    margin: Annotated[Figure, Field(ge=0)] | None = None


class Gates(Strict):
    """serin.gates.thresholds says what each means, serin.fairness.limits what `fairness` may hold."""

    metrics: dict[Name, Threshold] = Field(default_factory=dict)
    min_rows: Annotated[int, Field(ge=1, le=1_000_000)] = Thresholds.min_rows
    latency_ms: Annotated[float, Field(gt=0, le=900_000)] | None = None
    drill_days: Annotated[int, Field(ge=0, le=3650)] = Thresholds.drill_days
    card: tuple[Name, ...] = Thresholds.card
    fairness: dict[str, Any] = Field(default_factory=dict)

    @property
    def described(self) -> dict[str, Any]:
        """What differs from the defaults: a parameter of SSM holds 4 KB."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def faults(self) -> Iterator[str]:
        """What can't be asked for, a sentence each."""
        yield from _refused("gates.", lambda: Thresholds.from_dict(self.described))
        yield from _refused("", lambda: Limits.from_dict(self.fairness))


def _refused(where: str, read: Callable[[], object]) -> Iterator[str]:
    try:
        read()
    except InvalidSettings as error:
        yield f"{where}{error}"
