"""`serin gc`: what is left over of earlier releases, what it costs, and its removal."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from infra.cli.cost import settings_here
from infra.cli.session import Session
from serin.aws.alarms import Alarms
from serin.aws.function_versions import FunctionVersions
from serin.cost.money import dollars
from serin.cost.prices import Prices
from serin.errors import InvalidSettings
from serin.registry.endpoints import Endpoint
from serin.registry.names import check_name
from serin.rollout.collect import Collector, judged, remove
from serin.rollout.leftovers import Judged, Rules

__all__ = ["gc"]

Found = list[tuple[Endpoint, Judged]]


def gc(
    session: Session,
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="All by default.", show_default=False)] = None,
    days: Annotated[int, typer.Option(help="What is younger stays.", min=0)] = Rules.days,
    keep: Annotated[int, typer.Option(help="So many of the last live releases stay.", min=2)] = Rules.last,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it.")] = False,
) -> None:
    """Show what is left over of earlier releases and what it costs a month; with --yes, remove it. Safe to run again.

    Leftovers are releases with their snapshots, concurrency that is provisioned for them, alarms of candidates whose
    rollout is over, and temporary releases of a serin tune that did not come to its end, two hours after that. What is
    live or was so before, has a share of traffic, or is being rolled out always stays.
    A release is gone for good, with its exact code: serin deploy publishes its model version anew, on the code of then.
    Whoever may release may remove: it takes lambda:DeleteFunction on the function's versions, and each removal is on
    the audit trail.
    """
    rules, prices = Rules(days, keep), _prices(session)
    endpoints = session.directory.all() if model is None else (session.directory.get(check_name(model)),)
    with session.voice.progress("looking for leftovers"):
        found: Found = [
            (endpoint, one) for endpoint in endpoints for one in judged(_collector(session, endpoint), endpoint, rules)
        ]
    if yes:
        found = [(endpoint, _removed(session, endpoint, one, rules)) for endpoint, one in found]
    session.voice.result(_document(found, prices, done=yes), *_pictures(found, prices, done=yes))


def _collector(session: Session, endpoint: Endpoint) -> Collector:
    return Collector(
        session.actor,
        FunctionVersions(session.clients.client("lambda")),
        Alarms(session.clients.client("cloudwatch")),
        session.rollouts(endpoint),
        session.releases(endpoint),
    )


def _removed(session: Session, endpoint: Endpoint, leftover: Judged, rules: Rules) -> Judged:
    if not leftover.goes:
        return leftover
    with session.voice.progress(f"removing {leftover.kind} {leftover.name} of {endpoint.model}"):
        after = remove(_collector(session, endpoint), endpoint, rules, leftover)
    did = "removed" if after.goes else "kept"
    session.voice.step(f"{did} {after.kind} {after.name} of {endpoint.model}: {after.reason}")
    return after


def _prices(session: Session) -> Prices | None:
    """None where the region's are not known: then nothing is said of savings."""
    try:
        settings = settings_here()
        region = session.clients.client("lambda").meta.region_name
        return Prices.of(region, settings.price_overrides if settings else None)
    except InvalidSettings as error:
        session.voice.warn(f"what it saves is not known: {error}")
        return None


def _saves(one: Judged, prices: Prices | None) -> int | None:
    """Micro-dollars a month."""
    return sum(prices.cost(one.uses).values()) if prices else None


def _document(found: Found, prices: Prices | None, *, done: bool) -> dict[str, Any]:
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for endpoint, one in found:
        about = {"model": endpoint.model, "kind": one.kind.value, "name": one.name, "reason": one.reason}
        rows[one.goes].append({**about, "monthly_micro": _saves(one, prices)})
    total = sum(row["monthly_micro"] for row in rows[True]) if prices else None
    return {"removed" if done else "leftovers": rows[True], "kept": rows[False], "monthly_micro": total}


def _pictures(found: Found, prices: Prices | None, *, done: bool) -> Iterator[RenderableType]:
    leftovers = [(endpoint, one) for endpoint, one in found if one.goes]
    if leftovers:
        yield _table("removed" if done else "would go", leftovers, prices)
        yield ""
    yield _table("stays", [(endpoint, one) for endpoint, one in found if not one.goes], prices)
    yield ""
    yield _sum(leftovers, prices, done=done)


def _table(title: str, rows: Iterable[tuple[Endpoint, Judged]], prices: Prices | None) -> Table:
    table = Table("model", title, "", "a month", "why", box=None)
    table.columns[3].justify = "right"
    for endpoint, one in rows:
        micro = _saves(one, prices)
        cost = "?" if micro is None else dollars(micro) if micro else "-"
        table.add_row(endpoint.model, one.kind.value, one.name, cost, escape(one.reason))
    return table


def _sum(leftovers: Found, prices: Prices | None, *, done: bool) -> str:
    if not leftovers:
        return "Nothing was left over." if done else "Nothing is left over."
    micro = sum(_saves(one, prices) or 0 for _, one in leftovers)
    saved = f", {dollars(micro)} a month" if prices else ""
    many = f"{len(leftovers)} leftover{'s' if len(leftovers) > 1 else ''}{saved}"
    return f"[bold]{many}, removed.[/bold]" if done else f"[bold]{many}.[/bold] serin gc --yes removes them."
