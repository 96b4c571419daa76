"""`serin cost estimate`: what a stage will cost, before anything is deployed. It calls nothing."""

import json
import re
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from infra import settings as given
from infra.cli.cost_page import estimate_csv, estimate_page
from infra.cli.session import Session
from infra.read_settings import read_settings
from infra.settings import Settings
from serin.cost.estimate import estimate as estimated
from serin.cost.money import per_unit
from serin.cost.prices import Prices
from serin.cost.stage import HOURS, Load, Serving, Stage
from serin.cost.traffic import LEFT_OUT
from serin.errors import InvalidSettings

__all__ = ["estimate", "settings_here"]

_CDK_JSON = Path("cdk.json")
_HOURS_IN = {"minute": Fraction(1, 60), "hour": Fraction(1), "day": Fraction(24)}


class Architecture(StrEnum):
    ARM64 = "arm64"
    X86_64 = "x86_64"


def estimate(
    session: Session,
    requests_per_day: Annotated[int, typer.Option(help="Requests a day to each endpoint.", min=0)] = 1000,
    rows: Annotated[int, typer.Option(help="Rows in a request.", min=1)] = 1,
    ms: Annotated[int, typer.Option(help="Milliseconds that Lambda bills for a request.", min=1, max=900_000)] = 20,
    memory_mb: Annotated[
        int | None, typer.Option(help="Memory of each endpoint.", min=128, max=10_240, show_default="cdk.json, or 1024")
    ] = None,
    region: Annotated[
        str, typer.Option(help="AWS region whose prices count.", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"])
    ] = "us-east-1",
    architecture: Annotated[
        Architecture | None, typer.Option(help="Of each endpoint.", show_default="cdk.json, or arm64")
    ] = None,
    endpoints: Annotated[
        int | None, typer.Option(help="How many there are.", min=1, max=1000, show_default="cdk.json, or 1")
    ] = None,
    snap_start: Annotated[
        bool | None,
        typer.Option("--snap-start/--no-snap-start", help="Keep snapshots.", show_default="cdk.json, or off"),
    ] = None,
    releases: Annotated[int, typer.Option(help="Published releases that each endpoint keeps.", min=0)] = 1,
    csv: Annotated[bool, typer.Option("--csv", help="One line for each thing paid for, on stdout.")] = False,
) -> None:
    """Estimate a month's cost for a load: by line, idle and in use, beside SageMaker at list price.

    Endpoints are those of cdk.json in this folder, where there is one; options go over it. Prices are list prices of
    the region, in the lowest tier of volume, with no free allowance taken off: each has a date and a source in
    serin/cost/prices.json, and "prices" in cdk.json goes over them. It calls nothing and needs no AWS account.
    """
    settings = settings_here()
    prices = Prices.of(region, settings.price_overrides if settings else None)
    stage = _stage(settings, endpoints)
    changed = {
        "memory_mb": memory_mb, "architecture": str(architecture) if architecture else None, "snap_start": snap_start,
        "releases": releases,
    }  # fmt: skip
    wanted = {name: value for name, value in changed.items() if value is not None}
    stage = replace(stage, endpoints=tuple(replace(one, **wanted) for one in stage.endpoints))
    load = Load(requests_per_day, rows, ms)
    found = estimated(stage, load, prices)
    if csv:
        session.voice.out.print(estimate_csv(found, prices), end="", markup=False, soft_wrap=True)
        return
    session.voice.result(_document(found.to_dict(), stage, load, prices), *estimate_page(found, stage, load, prices))


def settings_here() -> Settings | None:
    """Those of cdk.json in this folder, where there is one. Raises InvalidSettings."""
    if not _CDK_JSON.is_file():
        return None
    try:
        context = json.loads(_CDK_JSON.read_text())["context"]["serin"]
    except (json.JSONDecodeError, KeyError, TypeError):
        raise InvalidSettings("cdk.json in this folder has no context serin: estimate from another folder.") from None
    return read_settings(context)


def _stage(settings: Settings | None, endpoints: int | None) -> Stage:
    """`endpoints` is a number of such as the first."""
    if settings is None:
        return Stage(_alike(Serving(), endpoints or 1))
    own = tuple(_serving(one, settings) for one in settings.endpoints)
    return Stage(
        own if endpoints is None else _alike(own[0], endpoints),
        settings.architecture,
        settings.outcome_queue,
        settings.log_retention_days,
        settings.budgeted,
        len(settings.team_budgets),
        settings.dashboard,
    )


def _alike(one: Serving, number: int) -> tuple[Serving, ...]:
    if number == 1:
        return (one,)
    return tuple(replace(one, model=f"{one.model}-{index}") for index in range(1, number + 1))


def _serving(endpoint: given.Endpoint, settings: Settings) -> Serving:
    own = endpoint.budget
    return Serving(
        endpoint.model,
        endpoint.memory_mb,
        endpoint.architecture,
        endpoint.snap_start,
        drift_runs=_runs(endpoint.drift.schedule),
        drift_back=endpoint.drift.back,
        idle_days=endpoint.idle_days,
        capture_share=Fraction(str(endpoint.captured.share)),
        capture_hourly_rows=endpoint.captured.hourly_rows,
        reviewed=endpoint.reviewed is not None,
        budgets=(own.monthly_usd is not None) + (endpoint.team in settings.team_budgets),
        spend_alarms=(own.monthly_usd is not None) + (own.runaway_per_minute is not None),
    )


def _runs(schedule: str) -> Fraction:
    """Of a month. A cron expression is taken to run every hour, which few do."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule)
    return HOURS / (int(found[1]) * _HOURS_IN[found[2]]) if found else Fraction(HOURS)


def _document(document: dict[str, Any], stage: Stage, load: Load, prices: Prices) -> dict[str, Any]:
    table = {
        str(code): {
            "usd": per_unit(price.amount), "unit": price.unit, "as_of": price.as_of.isoformat(), "source": price.source,
        }
        for code, price in prices.of_code.items()
    }  # fmt: skip
    asked = {"requests_per_day": load.requests_per_day, "rows": load.rows, "ms": load.ms}
    shown = ("model", "memory_mb", "architecture", "snap_start", "releases")
    endpoints = [{name: getattr(one, name) for name in shown} for one in stage.endpoints]
    return {
        "region": prices.region, "load_asked": asked, "endpoints": endpoints, **document, "left_out": list(LEFT_OUT),
        "prices": table,
    }  # fmt: skip
