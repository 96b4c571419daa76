"""`serin cost`: what was spent this month, by whom and on what, and where it will end."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from infra.cli.cost import settings_here
from infra.cli.session import Session
from infra.cli.spend_page import spend_csv, spend_page
from serin.cost.books import Books, spent_in
from serin.cost.figures import spent_by, used
from serin.cost.hour import start_of
from serin.cost.keep import stands_still
from serin.cost.ledger import By, totals
from serin.cost.month import Month, month_before, month_of_ledger
from serin.cost.prices import Prices
from serin.errors import BadRequest, InvalidSettings, NotFound
from serin.registry.endpoints import Endpoint

__all__ = ["cost"]

_TO_STDOUT = "-"


def cost(
    session: Session,
    by: Annotated[By, typer.Option(help="What to add up by.")] = By.MODEL,
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Which month.", show_default="this one, UTC")
    ] = None,
    csv: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write what each day, version and line cost; - is stdout.", show_default=False
        ),
    ] = None,
) -> None:
    """Tell what was spent, by team, model, version, day or line; where the month will end, and what changed.

    The ledger is kept by the stage itself, from what AWS has measured, at list price without free allowances: requests
    within five minutes, the rest some hours later. It is no bill. Compared is by the same hours of the month
    before; the forecast has an interval of 95 % once there are two whole days. `serin cost estimate` tells beforehand.
    """
    now = datetime.now(UTC)
    wanted = _month(month, now)
    endpoints = session.directory.all()
    if not endpoints:
        raise NotFound("The stage has no endpoints: deploy the stack first.")
    with session.voice.progress("reading the ledger"):
        ledger = session.ledger(endpoints[0])
        found = month_of_ledger(wanted, ledger.month(wanted), ledger.month(month_before(wanted)), now)
        problem = _problem(session, endpoints[0].stage, ledger.books(), now)
    if problem:
        session.voice.warn(problem)
    if csv is not None:
        _write(session, csv, found)
        return
    budgets = _budgets(endpoints, found)
    rows = [
        {"name": name, "micro": micro, **budgets.get((by, name), {})}
        for name, micro in totals(found.entries, by).items()
    ]
    document = {**_document(found, by, rows), "problem": problem}
    session.voice.result(document, *spend_page(found, by, rows, endpoints[0].stage))


def _month(given: str | None, now: datetime) -> str:
    """Raises BadRequest for what is none, or has not begun."""
    this = f"{now:%Y-%m}"
    month = given or this
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise BadRequest(f"{month!r} is no month: write {this}.")
    if month > this:
        raise BadRequest(f"{month} has not begun yet.")
    return month


def _problem(session: Session, stage: str, books: Books | None, now: datetime) -> str | None:
    """Why nobody keeps the ledger, as far as it is known here; a budget holds nobody then."""
    if books and not stands_still(books, now):
        return None
    try:
        settings = settings_here()
        Prices.of(session.clients.client("lambda").meta.region_name, settings.price_overrides if settings else None)
    except InvalidSettings as error:
        return f"serin-{stage}-ledger can price nothing, so that no budget is held: {error}"
    if books is None:
        return None
    since = f"{start_of(books.open):%Y-%m-%d %H:%M} UTC"
    return (
        f"The ledger stands still since {since}, and budgets with it: serin-{stage}-ledger does not come to its end;"
        f" its log, /aws/lambda/serin-{stage}-ledger, says why."
    )


def _budgets(endpoints: Sequence[Endpoint], found: Month) -> dict[tuple[By, str], dict[str, float]]:
    """Of models and teams that have one."""
    spent = spent_in(found.month, found.hours, {})
    budgets: dict[tuple[By, str], dict[str, float]] = {}
    for one in endpoints:
        if usd := one.budget.monthly_usd:
            budgets[By.MODEL, one.model] = _budget(spent_by(spent, model=one.model), usd)
        if usd := one.team_budget_usd:
            budgets[By.TEAM, one.team] = _budget(spent_by(spent, team=one.team), usd)
    return budgets


def _budget(micro: int, usd: float) -> dict[str, float]:
    return {"budget_usd": usd, "budget_used_percent": used(micro, usd)}


def _document(found: Month, by: By, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Amounts are micro-dollars."""
    compared = found.compared
    return {
        "month": found.month,
        "micro": found.micro,
        "by": by.value,
        "rows": rows,
        "hours": {"counted": len(found.hours), "open": list(found.open)},
        "forecast": found.forecast.to_dict() if found.forecast and found.hours else None,
        "compared": compared and {
            "month": compared.month, "hours": compared.hours, "before": compared.before, "after": compared.after,
            "changes": [change.to_dict() for change in compared.changes],
        },
    }  # fmt: skip


def _write(session: Session, where: str, found: Month) -> None:
    text = spend_csv(found)
    if where == _TO_STDOUT:
        session.voice.out.print(text, end="", markup=False, soft_wrap=True)
        return
    try:
        with open(where, "w", newline="") as file:
            file.write(text)
    except OSError as error:
        raise BadRequest(f"{where} can't be written: {error.strerror or error}") from error
    session.voice.result({"written": where, "micro": found.micro}, f"written to {where}")
