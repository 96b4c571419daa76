"""`serin status`: what is live, and how a rollout stands."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from infra.cli.idle import idle_document
from infra.cli.live import live_of, url_of
from infra.cli.quality_page import quality_table, realised
from infra.cli.rollout_page import document, guardrail_table, headline
from infra.cli.session import Session
from infra.cli.spending import document as spending_document
from serin.registry.endpoints import Endpoint
from serin.registry.names import check_name
from serin.rollout.state import Rollout

__all__ = ["status"]

_EVERY_S = 1.0

Row = tuple[dict[str, Any], Rollout | None]


def status(
    session: Session,
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="All by default.", show_default=False)] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep looking until no rollout is active.")] = False,
) -> None:
    """Show what each endpoint serves, and how its rollout stands: counts, e-values, how far to each verdict, and why.

    With --watch and --json: one document a line, whenever something has changed.
    """
    if watch:
        _watch(session, model)
        return
    with session.voice.progress("reading what is live"):
        rows = list(_rows(session, model))
    session.voice.result({"endpoints": [row for row, _ in rows]}, *_pictures(rows))


def _watch(session: Session, model: str | None) -> None:
    last: dict[str, Any] = {}
    seen: dict[str, Rollout] = {}
    with Live(console=session.voice.out, auto_refresh=False) as live:
        while True:
            rows = list(_rows(session, model))
            found = {"endpoints": [row for row, _ in rows]}
            if session.voice.as_json and found != last:
                typer.echo(orjson.dumps(found))
            elif not session.voice.as_json:
                live.update(Group(*_pictures(rows)), refresh=True)
            last, now = found, {rollout.model: rollout for _, rollout in rows if rollout}
            if not now:
                break
            seen |= now
            time.sleep(_EVERY_S)
    for rollout in seen.values():
        _tell_end(session, rollout)


def _tell_end(session: Session, rollout: Rollout) -> None:
    ended = session.rollouts(session.directory.get(rollout.model)).get(rollout.model, rollout.id)
    if not session.voice.as_json:
        session.voice.result({}, headline(ended), guardrail_table(ended))


def _rows(session: Session, model: str | None) -> Iterator[Row]:
    endpoints = session.directory.all() if model is None else (session.directory.get(check_name(model)),)
    for endpoint in endpoints:
        stored = session.rollouts(endpoint).active(endpoint.model)
        rollout = stored.rollout if stored else None
        row = _endpoint(session, endpoint)
        versions = {row["version"], rollout.version if rollout else None} - {None}
        quality = realised(session, endpoint, versions)
        spending = spending_document(session.spendings(endpoint).get(endpoint.model))
        shown = {"quality": quality, "spending": spending, "idle": idle_document(session.idleness(endpoint))}
        yield row | shown | {"rollout": document(rollout) if rollout else None}, rollout


def _pictures(rows: list[Row]) -> list[RenderableType]:
    table = Table("model", "live", "release", "released", "by", "url", box=None)
    for row, _ in rows:
        live = f"{row['model']}@{row['version']}" if row["version"] else "no model yet"
        by = (row["released_by"] or "").rpartition("/")[2]
        table.add_row(row["model"], live, str(row["release"]), row["released_at"] or "", by, row["url"])
    pictures: list[RenderableType] = [table]
    held = [row["spending"]["sentence"] for row, _ in rows if row["spending"]]
    pictures += ["", *held] if held else []
    if any(row["quality"] for row, _ in rows):
        pictures += ["", quality_table([(row["model"], one) for row, _ in rows for one in row["quality"]])]
    for row, _ in rows:
        if row["idle"]:
            pictures += ["", escape(row["idle"]["sentence"])]
    for _, rollout in rows:
        if rollout:
            pictures += ["", headline(rollout), guardrail_table(rollout)]
    return pictures


def _endpoint(session: Session, endpoint: Endpoint) -> dict[str, Any]:
    live = live_of(session, endpoint)
    return {
        "model": endpoint.model,
        "stage": endpoint.stage,
        "team": endpoint.team,
        "release": live.number,
        "version": live.model_version,
        "weights": live.alias.weights,
        "code_sha256": live.release.code_sha256 if live.release else None,
        "released_at": live.release.created_at if live.release else None,
        "released_by": live.release.created_by if live.release else None,
        "url": url_of(endpoint),
    }
