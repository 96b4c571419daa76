"""`serin card`: what should be known of a version by whoever uses it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from infra.cli.live import live_of
from infra.cli.session import Session
from serin.card.document import card_document
from serin.gates.dossier import Dossier
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef

__all__ = ["card"]


def card(
    session: Session,
    version: Annotated[str, typer.Argument(metavar="MODEL@N", help="The version.", show_default=False)],
    html: Annotated[bool, typer.Option("--html", help="As a page; also where the output ends in .html.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write it to this file.", show_default="stdout")] = None,
) -> None:
    """Write a version's model card, in Markdown: details, intended use, factors, metrics, data, analyses, caveats.

    It is made of what the registry knows; the texts are those under [card] in model.toml. What nobody declared is said
    to be so.
    """
    from serin.card import render  # noqa: PLC0415 - templates, which no other command needs

    model, number = ModelRef.parse_version(version)
    with session.voice.progress(f"reading {version}"):
        endpoint = session.directory.get(model)
        document = card_document(_dossier(session, endpoint, number), endpoint)
    as_page = html or (output is not None and output.suffix == ".html")
    text = render.html(document) if as_page else render.markdown(document)
    if output:
        session.voice.write(output, text)
    if session.voice.as_json:
        session.voice.result(document)
    elif not output:
        sys.stdout.write(text)


def _dossier(session: Session, endpoint: Endpoint, number: int) -> Dossier:
    """Raises NotFound."""
    record, bucket = session.versions(endpoint).get(endpoint.model, number), session.bucket(endpoint)

    def read(digest: str | None) -> Any:
        return orjson.loads(bucket.read(f"documents/sha256/{digest}")) if digest else None

    found = session.evidence(endpoint)
    return Dossier(
        record,
        read(record.manifest),
        read(record.evidence),
        found.evaluations(endpoint.model, number),
        found.approvals(endpoint.model, number),
        live_of(session, endpoint).model_version,
    )
