"""What may an owner ask for of an endpoint? The typed form of `endpoints` in cdk.json's context."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from infra.gate_settings import Gates
from infra.strict import Strict

__all__ = [
    "GATEWAY_TIMEOUT_S", "Budget", "Capture", "Drift", "Endpoint", "Owners", "Plan", "Review", "Runtime", "Tier", "Usd",
]  # fmt: skip

GATEWAY_TIMEOUT_S = 29
"""API Gateway answers 504 after 29 s. A function may run longer (work after the response, on the same clock)."""

Name = Annotated[str, StringConstraints(max_length=40)]
TagValue = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[\w .:/=+@-]+$")]
Contact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]
Usd = Annotated[float, Field(ge=0.01, le=1_000_000)]
Runtime = Literal["python3.12", "python3.13", "python3.14"]


class Tier(StrEnum):
    """How much a wrong answer can hurt."""

    LOW = "low"
    LIMITED = "limited"
    HIGH = "high"


class Owners(Strict):
    """The three roles: who reads drift, who may override a rollout, who tells the customers."""

    watcher: Contact
    approver: Contact
    communicator: Contact


class Plan(Strict):
    """What one client may send: requests a second, requests at once, requests a day."""

    name: Name
    rate: Annotated[float, Field(gt=0, le=10_000)]
    burst: Annotated[int, Field(ge=1, le=5_000)]
    daily_quota: Annotated[int, Field(ge=1)]


class Capture(Strict):
    """Which share of the rows is kept with its answers, and how many an hour each sandbox keeps at most."""

    share: Annotated[float, Field(ge=0, le=1)]
    hourly_rows: Annotated[int, Field(ge=1, le=1_000_000)] = 1000


class Drift(Strict):
    """When to look, at windows of what length, and how many false alarms a month are acceptable.

    `back` windows are looked at again while outcomes and late objects come in.
    """

    schedule: Annotated[str, StringConstraints(pattern=r"^(rate|cron)\(.+\)$")] = "rate(1 hour)"
    window_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24, 168] = 24
    alarms_per_month: Annotated[float, Field(gt=0, le=10)] = 1.0
    back: Annotated[int, Field(ge=1, le=100)] = 14


class Budget(Strict):
    """What an endpoint may cost in a month, and how many requests a minute are a client that has run away.

    Choose the second well above what all of its plans allow together on a busy day: it stops at once.
    """

    monthly_usd: Usd | None = None
    runaway_per_minute: Annotated[int, Field(ge=1)] | None = None


class Review(Strict):
    """Which rows a person looks at: those with a confidence under the limit, by default the endpoint's own, and 0 is
    none. Within how many hours, and how many rows an hour each sandbox hands over at most."""

    confidence_limit: Annotated[float, Field(ge=0, le=1)] | None = None
    deadline_hours: Annotated[float, Field(gt=0, le=8760)] = 24
    hourly_rows: Annotated[int, Field(ge=1, le=100_000)] = 1000


def _review(given: object) -> object:
    return {True: {}, False: {"confidence_limit": 0}}[given] if isinstance(given, bool) else given


class Endpoint(Strict):
    """One model's function, its owners and its clients, and how its releases are rolled out.

    `approvers` are patterns of ARNs: who may promote without waiting for evidence. `alarm_errors_per_minute` is the
    count of crashes, or of failures, from which on the endpoint as a whole is in trouble, whatever runs on it.
    `guardrails` are texts such as errors:2% and kpi:dollars:-100..0:5 (a KPI convicts; with ! it must be SAFE too).
    `capture` is by tier where it is not given: 5 % of the rows, 1 %, and none at the highest.
    After `idle_days` without a request the drift job pauses, until the first one; 0 is never.
    `review` is off where it is not given, but for the highest tier; true and false are short forms.
    SnapStart trades money for cold starts: AWS charges for keeping the snapshot of each published version, used or not.
    """

    model: Name
    team: TagValue
    owners: Owners
    tier: Tier
    critical: bool = False
    memory_mb: Annotated[int, Field(ge=128, le=10_240)] = 1024
    timeout_s: Annotated[int, Field(ge=1, le=900)] = 30
    latency_budget_ms: Annotated[int, Field(ge=1, le=GATEWAY_TIMEOUT_S * 1000)]
    architecture: Literal["arm64", "x86_64"] = "arm64"
    runtime: Runtime = "python3.13"
    snap_start: bool = False
    reserved_concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    rollout: str = "canary"
    guardrails: tuple[str, ...] = ()
    approvers: tuple[Annotated[str, StringConstraints(pattern=r"^arn:")], ...] = ()
    confidence_limit: Annotated[float, Field(ge=0, le=1)] = 0.6
    alarm_errors_per_minute: Annotated[int, Field(ge=1)] = 50
    capture: Capture | None = None
    review: Annotated[Review | None, BeforeValidator(_review)] = None
    drift: Drift = Drift()
    idle_days: Annotated[int, Field(ge=0, le=365)] = 14
    gates: Gates = Gates()
    budget: Budget = Budget()
    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]

    @property
    def captured(self) -> Capture:
        return self.capture or _CAPTURED[self.tier]

    @property
    def reviewed(self) -> Review | None:
        """With its limit filled in; None where no person looks."""
        wanted = self.review or Review(confidence_limit=None if self.tier is Tier.HIGH else 0)
        limit = self.confidence_limit if wanted.confidence_limit is None else wanted.confidence_limit
        return wanted.model_copy(update={"confidence_limit": limit}) if limit else None


_CAPTURED = {Tier.LOW: Capture(share=0.05), Tier.LIMITED: Capture(share=0.01), Tier.HIGH: Capture(share=0)}
