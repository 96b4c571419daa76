"""`serin deploy`, `serin rollback`, `serin status`: what is live, and how it changes."""

from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from infra.cli.live import live_of
from infra.cli.session import Session
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef, check_name
from serin.rollout import deploy as rollout
from serin.rollout import rollback as backwards
from serin.serving.golden import Golden

__all__ = ["deploy", "rollback", "status"]


def deploy(
    session: Session,
    version: Annotated[str, typer.Argument(metavar="MODEL@N", help="A version, e.g. churn@3.", show_default=False)],
) -> None:
    """Publish a release of a model version, smoke-test it, then move `live` to it.

    The smoke test asks the release itself for the golden examples that were stored with the version; if one differs,
    `live` stays where it is. It can be run again after it was interrupted anywhere.
    """
    model, number = ModelRef.parse_version(version)
    with session.voice.progress(f"deploying {version}"):
        endpoint = session.directory.get(model)
        record = session.versions(endpoint).get(model, number)
        golden = Golden.from_dict(orjson.loads(session.bucket(endpoint).read(f"documents/sha256/{record.golden}")))
        done = rollout.deploy(session.operator(endpoint), endpoint, record, golden)
    document = {
        "model": model,
        "version": number,
        "release": done.release.number,
        "previous_release": _number(done.previous),
        "moved": done.moved,
        "smoke_tests": done.smoke_tests,
        "url": _url(endpoint),
    }
    verb = "is live" if done.moved else "was live already"
    session.voice.result(document, f"{version} {verb}, as release {done.release.number}: {_url(endpoint)}")


def rollback(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)],
) -> None:
    """Move `live` back to the release before, at once."""
    with session.voice.progress(f"rolling back {model}"):
        endpoint = session.directory.get(check_name(model))
        done = backwards.rollback(session.operator(endpoint), endpoint)
    document = {
        "model": model,
        "version": done.release.model_version,
        "release": done.release.number,
        "previous_release": _number(done.came_from),
        "moved": done.moved,
    }
    back = f"{model}@{done.release.model_version} is live again, as release {done.release.number}"
    session.voice.result(document, f"{back}; it came from release {done.came_from}.")


def status(
    session: Session,
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="All by default.", show_default=False)] = None,
) -> None:
    """Show what each endpoint serves: release, model version, since when and by whom."""
    with session.voice.progress("reading what is live"):
        endpoints = session.directory.all() if model is None else (session.directory.get(check_name(model)),)
        rows = [_status(session, endpoint) for endpoint in endpoints]
    table = Table("model", "live", "release", "released", "by", "url", box=None)
    for row in rows:
        live = f"{row['model']}@{row['version']}" if row["version"] else "no model yet"
        by = (row["released_by"] or "").rpartition("/")[2]
        table.add_row(row["model"], live, str(row["release"]), row["released_at"] or "", by, row["url"])
    session.voice.result({"endpoints": rows}, table)


def _status(session: Session, endpoint: Endpoint) -> dict[str, Any]:
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
        "url": _url(endpoint),
    }


def _number(release: str | None) -> int | None:
    return int(release) if release and release.isdigit() else None


def _url(endpoint: Endpoint) -> str:
    return f"{endpoint.api_url.rstrip('/')}/v2/models/{endpoint.model}/infer"
