"""`serin models` and `serin show`: what is registered."""

from typing import Annotated, Any

import typer
from rich.table import Table

from infra.cli.live import Live, live_of
from infra.cli.page import version_page
from infra.cli.session import Session
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef
from serin.registry.records import VersionRecord
from serin.registry.stored import read_document

__all__ = ["models", "show"]


def models(session: Session) -> None:
    """List the models: how many versions each has, and which is live."""
    with session.voice.progress("reading the registry"):
        rows = [_model(session, endpoint) for endpoint in session.directory.all()]
    table = Table("model", "team", "tier", "versions", "live", box=None)
    for row in rows:
        live = f"{row['model']}@{row['live_version']}" if row["live_version"] else "none"
        table.add_row(row["model"], row["team"], row["tier"], str(row["versions"]), live)
    session.voice.result({"models": rows}, table)


def show(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL[@N]", help="A model, or one version.", show_default=False)],
) -> None:
    """Show a model's versions, or one version with its manifest, signature, lineage and evidence."""
    ref = ModelRef.parse(model)
    with session.voice.progress(f"reading {ref}"):
        endpoint = session.directory.get(ref.model)
        if ref.version is None:
            document = _versions(session, endpoint)
        else:
            document = _version(session, endpoint, session.versions(endpoint).get(ref.model, ref.version))
    picture = _table(document) if ref.version is None else version_page(document)
    session.voice.result(document, picture)


def _model(session: Session, endpoint: Endpoint) -> dict[str, Any]:
    live: Live = live_of(session, endpoint)
    return {
        "model": endpoint.model,
        "team": endpoint.team,
        "tier": endpoint.tier,
        "owners": endpoint.owners,
        "versions": session.versions(endpoint).count(endpoint.model),
        "live_version": live.model_version,
        "live_release": live.number,
    }


def _versions(session: Session, endpoint: Endpoint) -> dict[str, Any]:
    live = live_of(session, endpoint)
    records = session.versions(endpoint).all(endpoint.model)
    versions = [{**_summary(record), "live": record.number == live.model_version} for record in records]
    return {"model": endpoint.model, "versions": versions}


def _summary(record: VersionRecord) -> dict[str, Any]:
    document = record.to_dict()
    del document["signature"]
    return {"version": document.pop("number"), **document}


def _version(session: Session, endpoint: Endpoint, record: VersionRecord) -> dict[str, Any]:
    read = session.bucket(endpoint).read
    return {
        **_summary(record),
        "signature": record.signature,
        "children": _children(session, str(record)),
        "manifest_document": read_document(read, record.manifest),
        "evidence_document": read_document(read, record.evidence),
    }


def _children(session: Session, parent: str) -> list[dict[str, str | None]]:
    """The versions of any model that were made from this one."""
    return [
        {"version": str(record), "relation": record.relation}
        for endpoint in session.directory.all()
        for record in session.versions(endpoint).all(endpoint.model)
        if record.parent == parent
    ]


def _table(document: dict[str, Any]) -> Table:
    table = Table("version", "live", "task", "artifact", "registered", "by", box=None)
    for version in document["versions"]:
        table.add_row(
            f"{document['model']}@{version['version']}",
            "●" if version["live"] else "",
            version["task"],
            version["artifact"][:12],
            version["created_at"],
            version["created_by"].rpartition("/")[2],
        )
    return table
