"""Where a model is served: what the infrastructure publishes about each endpoint for its operators."""

from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from serin.errors import InvalidSettings

__all__ = ["Budget", "Captured", "ClientPlan", "Drift", "Endpoint", "Review", "parameter_name", "parameter_path"]


def parameter_path(stage: str) -> str:
    return f"/serin/{stage}/endpoints/"


def parameter_name(stage: str, model: str) -> str:
    return parameter_path(stage) + model


@dataclass(frozen=True)
class ClientPlan:
    """A usage plan and the API key that belongs to it."""

    name: str
    api_key_id: str
    usage_plan_id: str = ""


@dataclass(frozen=True)
class Captured:
    """Where predictions are that were captured: files under bucket and prefix, a table for whoever asks in SQL."""

    bucket: str
    prefix: str
    database: str
    table: str
    workgroup: str


@dataclass(frozen=True)
class Drift:
    """At windows of how many hours the drift job looks, at how many of the last ones, and for how many false alarms.

    `rule` is EventBridge's, which wakes it.
    """

    window_hours: int = 24
    alarms_per_month: float = 1.0
    back: int = 14
    schedule: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Budget:
    """What it may cost in a month, and how many requests a minute nobody ever means to send; None is: no limit."""

    monthly_usd: float | None = None
    runaway_per_minute: int | None = None


@dataclass(frozen=True)
class Review:
    """Rows with a confidence under the limit go to this queue, and are to be decided within so many hours."""

    queue: str
    confidence_limit: float
    deadline_hours: float


@dataclass(frozen=True)
class Endpoint:
    """The Lambda function that serves one model, and what belongs to it.

    `rollout` is the plan of a deploy that names none, `guardrails` are texts such as `errors:2%` (all where there are
    none), `approvers` patterns of the ARNs of those who may go on without evidence. `receipt_secret` holds the keys of
    the stage's receipts, `outcome_queue` is the URL of the queue for outcomes, where the stage has one. `gates` are the
    thresholds that serin.gates reads. `audit_bucket` has the sealed copies of the audit trail. `review` is None where
    no person looks at what the model is not sure of. `guard` is the function that holds it to its own and its team's
    budget, where the stage has budgets. `memory_mb` is what the template declares, and a deploy sets; 0 in stages that
    do not say it yet. After `idle_days` without a request its drift job is paused; 0 is never.
    """

    model: str
    stage: str
    team: str
    function: str
    alias: str
    bucket: str
    table: str
    api_url: str
    tier: str = "low"
    critical: bool = False
    owners: dict[str, str] = field(default_factory=dict)
    rest_api_id: str = ""
    plans: tuple[ClientPlan, ...] = ()
    latency_budget_ms: int = 0
    memory_mb: int = 0
    architecture: str = ""
    runtime: str = ""
    snapstart: bool = False
    topic: str = ""
    controller: str = ""
    rollout: str = "canary"
    guardrails: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    receipt_secret: str = ""
    captured: Captured | None = None
    drift: Drift = field(default_factory=Drift)
    outcome_queue: str = ""
    gates: dict[str, Any] = field(default_factory=dict)
    audit_bucket: str = ""
    review: Review | None = None
    budget: Budget = field(default_factory=Budget)
    team_budget_usd: float | None = None
    guard: str = ""
    idle_days: int = 0

    @classmethod
    def from_json(cls, text: str, source: str) -> Self:
        """Read the parameter's value; raise InvalidSettings, naming the source, when it does not fit."""
        try:
            document: dict[str, Any] = orjson.loads(text)
            plans = tuple(
                ClientPlan(plan["name"], plan["api_key_id"], plan.get("usage_plan_id", ""))
                for plan in document.get("plans", [])
            )
            known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
            lists = {name: tuple(map(str, document.get(name, ()))) for name in ("guardrails", "approvers")}
            captured = Captured(**document["captured"]) if document.get("captured") else None
            drift = Drift(**document.get("drift", {}))
            review = Review(**document["review"]) if document.get("review") else None
            budget = Budget(**document.get("budget", {}))
            parts = {"captured": captured, "drift": drift, "review": review, "budget": budget}
            return cls(**{**known, **lists, "plans": plans, **parts})
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InvalidSettings(
                f"The parameter {source} does not describe an endpoint ({error}): deploy the stack again."
            ) from error
