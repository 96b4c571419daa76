"""What may an owner ask for? The typed form of `serin` in cdk.json's context, checked before anything is built.

Every refusal is one sentence that says what is wrong and where: `endpoints[0] (flights): owners.approver is missing`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from infra.gate_settings import Gates, Threshold
from infra.sentences import sentences
from serin.cost.prices import Prices
from serin.drift.budget import MONTH_HOURS
from serin.drift.budget import Budget as AlarmBudget
from serin.errors import InvalidSettings
from serin.rollout.guardrails import guardrails
from serin.rollout.plan_text import parse_plan

__all__ = [
    "GATEWAY_TIMEOUT_S", "Budget", "Capture", "Drift", "Endpoint", "Owners", "Plan", "Price", "Review", "Settings",
    "Tier",
]  # fmt: skip

GATEWAY_TIMEOUT_S = 29
"""API Gateway answers 504 after 29 s. A function may run longer (work after the response, on the same clock)."""

_NAME = re.compile(r"^[a-z](?:[a-z0-9-]*[a-z0-9])?$")
_TEAM = re.compile(r"^[A-Za-z0-9][A-Za-z0-9 .+=@_-]{0,59}$")
_RESERVED = frozenset(
    {
        "api", "registry", "controller", "rollback", "dashboard", "outcomes", "quality", "compaction", "receipts",
        "capture", "drift", "ledger", "trail", "review", "reviews", "shutdown", "budget",
    }
)  # fmt: skip # the stack's own parts

Name = Annotated[str, StringConstraints(max_length=40)]
TagValue = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[\w .:/=+@-]+$")]
Contact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]
Usd = Annotated[float, Field(ge=0.01, le=1_000_000)]
Runtime = Literal["python3.12", "python3.13", "python3.14"]
Retention = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


class Tier(StrEnum):
    """How much a wrong answer can hurt."""

    LOW = "low"
    LIMITED = "limited"
    HIGH = "high"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Owners(_Strict):
    """The three roles: who reads drift, who may override a rollout, who tells the customers."""

    watcher: Contact
    approver: Contact
    communicator: Contact


class Plan(_Strict):
    """What one client may send: requests a second, requests at once, requests a day."""

    name: Name
    rate: Annotated[float, Field(gt=0, le=10_000)]
    burst: Annotated[int, Field(ge=1, le=5_000)]
    daily_quota: Annotated[int, Field(ge=1)]


class Capture(_Strict):
    """Which share of the rows is kept with its answers, and how many an hour each sandbox keeps at most."""

    share: Annotated[float, Field(ge=0, le=1)]
    hourly_rows: Annotated[int, Field(ge=1, le=1_000_000)] = 1000


class Drift(_Strict):
    """When to look, at windows of what length, and how many false alarms a month are acceptable.

    `back` windows are looked at again while outcomes and late objects come in.
    """

    schedule: Annotated[str, StringConstraints(pattern=r"^(rate|cron)\(.+\)$")] = "rate(1 hour)"
    window_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24, 168] = 24
    alarms_per_month: Annotated[float, Field(gt=0, le=10)] = 1.0
    back: Annotated[int, Field(ge=1, le=100)] = 14


class Budget(_Strict):
    """What an endpoint may cost in a month, and how many requests a minute are a client that has run away.

    Choose the second well above what all of its plans allow together on a busy day: it stops at once.
    """

    monthly_usd: Usd | None = None
    runaway_per_minute: Annotated[int, Field(ge=1)] | None = None


class Review(_Strict):
    """Which rows a person looks at: those with a confidence under the limit, by default the endpoint's own, and 0 is
    none. Within how many hours, and how many rows an hour each sandbox hands over at most."""

    confidence_limit: Annotated[float, Field(ge=0, le=1)] | None = None
    deadline_hours: Annotated[float, Field(gt=0, le=8760)] = 24
    hourly_rows: Annotated[int, Field(ge=1, le=100_000)] = 1000


def _review(given: object) -> object:
    return {True: {}, False: {"confidence_limit": 0}}[given] if isinstance(given, bool) else given


class Endpoint(_Strict):
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


class Price(_Strict):
    """A price that goes over that of Serin's table: US dollars as decimal text, when it was read, and where."""

    amount: str
    as_of: str
    source: str


class Settings(_Strict):
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
    team_budgets: dict[str, Usd] = {}
    endpoints: Annotated[tuple[Endpoint, ...], Field(min_length=1)]

    @property
    def budgeted(self) -> bool:
        """Is there anything for a spend guard to do?"""
        return any(map(self.has_budget, self.endpoints))

    def has_budget(self, endpoint: Endpoint) -> bool:
        return endpoint.budget != Budget() or endpoint.team in self.team_budgets

    def check_region(self, region: str) -> None:
        """Raises InvalidSettings for budgets where nothing has a price: no alarm on them would ever go red."""
        if not (self.team_budgets or any(one.budget.monthly_usd for one in self.endpoints)):
            return
        try:
            Prices.of(region, self.price_overrides)
        except InvalidSettings as error:
            raise InvalidSettings(f"Budgets can't be kept without prices; give them, or no budgets. {error}") from None

    @property
    def price_overrides(self) -> dict[str, dict[str, str]]:
        return {code: price.model_dump() for code, price in self.prices.items()}

    @classmethod
    def parse(cls, given: object) -> "Settings":
        """Read `serin` from the CDK context; raises InvalidSettings with one sentence a line."""
        raw = _object(given)
        try:
            settings = cls.model_validate(raw)
        except ValidationError as refusal:
            raise InvalidSettings("\n".join(sentences(refusal, raw, _known()))) from None
        if found := list(_contradictions(settings)):
            raise InvalidSettings("\n".join(found))
        return settings


def _object(given: object) -> Mapping[str, Any]:
    if isinstance(given, str):  # cdk synth -c serin='{"stage": …}'
        try:
            given = json.loads(given)
        except json.JSONDecodeError as error:
            raise InvalidSettings(f"context serin is not JSON: {error}") from None
    if not isinstance(given, Mapping):
        raise InvalidSettings("context serin is missing: cdk.json has to say which endpoints there are")
    return given


def _contradictions(settings: Settings) -> Iterator[str]:
    """What no single field shows: names that can't be names, and names that meet."""
    yield from _bad_name("stage", settings.stage)
    yield from _bad_teams(settings)
    yield from _bad_prices(settings)
    names = Counter(_logical(endpoint.model) for endpoint in settings.endpoints)
    for index, endpoint in enumerate(settings.endpoints):
        where = f"endpoints[{index}] ({endpoint.model})"
        yield from _bad_name(f"{where}: model", endpoint.model)
        if names[_logical(endpoint.model)] > 1:
            yield f"{where}: model is there twice, or differs from another one by a hyphen alone"
        if endpoint.model in _RESERVED:
            yield f"{where}: model can't be {' or '.join(sorted(_RESERVED))}: the stack's own parts have these names"
        if endpoint.latency_budget_ms > endpoint.timeout_s * 1000:
            yield (f"{where}: latency_budget_ms is {endpoint.latency_budget_ms}, but the function is stopped"
                   f" after timeout_s, {endpoint.timeout_s} s")  # fmt: skip
        yield from _bad_rollout(where, endpoint)
        yield from _bad_budget(where, endpoint.drift)
        yield from (f"{where}: {fault}" for fault in endpoint.gates.faults())
        if endpoint.reviewed and endpoint.reviewed.deadline_hours > settings.outcome_days * 24:
            yield (f"{where}: review.deadline_hours is {endpoint.reviewed.deadline_hours:g}, but an outcome counts for"
                   f" outcome_days, {settings.outcome_days} days")  # fmt: skip
        plans = Counter(_logical(plan.name) for plan in endpoint.plans)
        for at, plan in enumerate(endpoint.plans):
            yield from _bad_name(f"{where}: plans[{at}].name", plan.name)
            if plans[_logical(plan.name)] > 1:
                yield f"{where}: plans[{at}].name is there twice, or differs from another one by a hyphen alone"
            if plan.daily_quota < plan.rate:
                yield (f"{where}: plans[{at}].daily_quota is {plan.daily_quota}, less than one second of its"
                       f" rate of {plan.rate:g} a second")  # fmt: skip


def _bad_rollout(where: str, endpoint: Endpoint) -> Iterator[str]:
    try:
        parse_plan(endpoint.rollout)
    except InvalidSettings as error:
        yield f"{where}: rollout: {error}"
    try:
        guardrails(endpoint.guardrails)
    except InvalidSettings as error:
        yield f"{where}: guardrails: {error}"


def _bad_budget(where: str, drift: Drift) -> Iterator[str]:
    try:
        AlarmBudget(drift.alarms_per_month, MONTH_HOURS / drift.window_hours)
    except InvalidSettings as error:
        yield f"{where}: drift.alarms_per_month: {error}"


def _bad_teams(settings: Settings) -> Iterator[str]:
    """Alarms and budgets of AWS are named after them."""
    known, names = {endpoint.team for endpoint in settings.endpoints}, Counter(map(_words, settings.team_budgets))
    for team in settings.team_budgets:
        if team not in known:
            yield f"team_budgets: {team!r} is the team of no endpoint: there are {', '.join(sorted(known))}"
        elif not _TEAM.match(team):
            yield (f"team_budgets: {team!r} can't be the name of a budget: use up to 60 of the letters a to z, digits,"
                   " spaces and . + = @ _ -, and begin with a letter or a digit")  # fmt: skip
        elif names[_words(team)] > 1:
            yield f"team_budgets: {team!r} differs from another one by signs alone"


def _bad_prices(settings: Settings) -> Iterator[str]:
    try:
        Prices.of("us-east-1", settings.price_overrides)  # whatever the region will be: a whole table to lay them over
    except InvalidSettings as error:
        yield str(error)


def _bad_name(where: str, name: str) -> Iterator[str]:
    if not _NAME.match(name):
        yield f"{where} {name!r} is not a name: use lower-case letters, digits and hyphens, and begin with a letter"


def _known() -> set[str]:
    parts = (Settings, Endpoint, Owners, Plan, Capture, Drift, Price, Review, Budget, Gates, Threshold)
    return {name for part in parts for name in part.model_fields}


def _logical(name: str) -> str:
    """Names that give the same logical id are the same name."""
    return name.replace("-", "")


def _words(team: str) -> str:
    """As a logical id has it."""
    return re.sub(r"[^A-Za-z0-9]", "", team).lower()
