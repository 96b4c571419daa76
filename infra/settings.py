"""What may an owner ask for? The typed form of `serin` in cdk.json's context; infra/read_settings.py checks it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.endpoint_settings import (
    GATEWAY_TIMEOUT_S,
    Budget,
    Capture,
    Drift,
    Endpoint,
    Owners,
    Plan,
    Review,
    Runtime,
    Tier,
    Usd,
)
from infra.strict import Strict

__all__ = [
    "GATEWAY_TIMEOUT_S", "Budget", "Capture", "Drift", "Endpoint", "Owners", "Plan", "Price", "Review", "Settings",
    "Tier",
]  # fmt: skip

Retention = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


class Price(Strict):
    """A price that goes over that of Serin's table: US dollars as decimal text, when it was read, and where."""

    amount: str
    as_of: str
    source: str


class Settings(Strict):
    """One stage: its endpoints, how long its logs are kept, and on what the functions that steer it run.

    `outcome_days`: how long after its prediction an outcome still counts. `outcome_queue`: outcomes may come by SQS
    too, whose polling has a small price, also when nothing comes. `capture_days`: how long predictions that were
    captured are kept. `window_days`: how long the sketches of what was seen are; by default so long that a season can
    be compared with that of the year before. `prices` are by code, as `serin cost estimate --json` lists them.
    `audit_days`: how long nobody can remove a sealed entry of the audit trail; outside dev stages nobody can shorten
    it either. `team_budgets` are in USD a month, by team: each grades all endpoints of the team. A `dashboard` has a
    monthly price beyond the account's first three.
    """

    stage: Annotated[str, StringConstraints(max_length=12)]
    log_retention_days: Retention = 30
    architecture: Literal["arm64", "x86_64"] = "arm64"
    runtime: Runtime = "python3.13"
    outcome_days: Annotated[int, Field(ge=1, le=730)] = 90
    capture_days: Annotated[int, Field(ge=1, le=3650)] = 90
    outcome_queue: bool = False
    dashboard: bool = True
    window_days: Annotated[int, Field(ge=35, le=3653)] = 400
    prices: dict[str, Price] = Field(default_factory=dict)
    audit_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    team_budgets: dict[str, Usd] = Field(default_factory=dict)
    endpoints: Annotated[tuple[Endpoint, ...], Field(min_length=1)]

    @property
    def budgeted(self) -> bool:
        """Is there anything for a spend guard to do?"""
        return any(map(self.has_budget, self.endpoints))

    def has_budget(self, endpoint: Endpoint) -> bool:
        return endpoint.budget != Budget() or endpoint.team in self.team_budgets

    @property
    def price_overrides(self) -> dict[str, dict[str, str]]:
        return {code: price.model_dump() for code, price in self.prices.items()}
