"""What CloudWatch is told of spend: what each model has cost this month, and how much of a budget that is.

A metric is paid for by the hour in which it is written, so nothing is said while nothing has changed, unless a budget
is nearly used up: then whoever holds endpoints to it hears at every pass how it stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from serin.cost.books import Spent
from serin.cost.entry import TRAINING
from serin.cost.keep import Kept
from serin.cost.money import micro_of
from serin.registry.endpoints import Endpoint

__all__ = ["lines", "spent_by", "used"]

_NEARLY = 80


def lines(stage: str, endpoints: Sequence[Endpoint], kept: Kept, now_ms: int) -> list[dict[str, Any]]:
    """In EMF, one for each model, and for each team that has a budget."""
    found = list(_figures(endpoints, kept.spent))
    if not kept.counted and not any(values.get("BudgetUsed", 0) >= _NEARLY for _, values in found):
        return []
    return [_line(stage, labels, values, now_ms) for labels, values in found]


def used(micro: int, usd: float) -> float:
    """Percent of a budget in US dollars, to the hundredth, rounded down: nobody is said to be over a limit who is not.

    >>> used(39_999_999, 40.0), used(40_000_000, 40.0)
    (99.99, 100.0)
    """
    return int(Fraction(micro * 10_000, micro_of(usd))) / 100


def spent_by(spent: Spent, *, model: str | None = None, team: str | None = None) -> int:
    """Of the model, or of the team: what counts for a budget. Training does not: it is spent already, a stop saves
    nothing of it, and whoever may register a version could stop an endpoint by what they declare."""
    return sum(
        micro
        for (owner, name, what), micro in spent.items()
        if what != TRAINING and model in (None, name) and team in (None, owner)
    )


def _figures(endpoints: Iterable[Endpoint], spent: Spent) -> Iterator[tuple[dict[str, str], dict[str, float]]]:
    teams: dict[str, float] = {}
    for one in endpoints:
        whole = sum(micro for (_, name, _), micro in spent.items() if name == one.model)
        values: dict[str, float] = {"SpendMicros": whole}
        if one.budget.monthly_usd:
            values["BudgetUsed"] = used(spent_by(spent, model=one.model), one.budget.monthly_usd)
        yield {"Model": one.model}, values
        if one.team_budget_usd:
            teams[one.team] = one.team_budget_usd
    for team, usd in teams.items():
        yield {"Team": team}, {"BudgetUsed": used(spent_by(spent, team=team), usd)}


def _line(stage: str, labels: dict[str, str], values: dict[str, float], now_ms: int) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": "Percent" if name == "BudgetUsed" else "None"} for name in values]
    directive = {"Namespace": f"Serin/{stage}", "Dimensions": [list(labels)], "Metrics": metrics}
    return {"_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive]}, **labels, **values}
