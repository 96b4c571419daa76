"""From `serin` in cdk.json's context to settings, checked before anything is built.

Every refusal is one sentence that says what is wrong and where: `endpoints[0] (flights): owners.approver is missing`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from infra.gate_settings import Gates, Threshold
from infra.sentences import sentences
from infra.settings import Budget, Capture, Drift, Endpoint, Owners, Plan, Price, Review, Settings
from serin.cost.prices import Prices
from serin.drift.budget import MONTH_HOURS
from serin.drift.budget import Budget as AlarmBudget
from serin.errors import InvalidSettings
from serin.rollout.guardrails import guardrails
from serin.rollout.plan_text import parse_plan

__all__ = ["check_region", "read_settings"]

_NAME = re.compile(r"^[a-z](?:[a-z0-9-]*[a-z0-9])?$")
_TEAM = re.compile(r"^[A-Za-z0-9][A-Za-z0-9 .+=@_-]{0,59}$")
_RESERVED = frozenset(
    {
        "api", "registry", "controller", "rollback", "dashboard", "outcomes", "quality", "compaction", "receipts",
        "capture", "drift", "ledger", "trail", "review", "reviews", "shutdown", "budget",
    }
)  # fmt: skip # the stack's own parts


def read_settings(given: object) -> Settings:
    """`given` is a mapping, or JSON text. Raises InvalidSettings with one sentence a line."""
    raw = _object(given)
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as refusal:
        raise InvalidSettings("\n".join(sentences(refusal, raw, _known()))) from None
    if found := list(_contradictions(settings)):
        raise InvalidSettings("\n".join(found))
    return settings


def check_region(settings: Settings, region: str) -> None:
    """Raises InvalidSettings for budgets where nothing has a price: no alarm on them would ever go red."""
    if not (settings.team_budgets or any(one.budget.monthly_usd for one in settings.endpoints)):
        return
    try:
        Prices.of(region, settings.price_overrides)
    except InvalidSettings as error:
        raise InvalidSettings(f"Budgets can't be kept without prices; give them, or no budgets. {error}") from None


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
        yield from _bad_plans(where, endpoint)


def _bad_plans(where: str, endpoint: Endpoint) -> Iterator[str]:
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
