"""`serin card`: what should be known of a version by whoever uses it."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.dossier import dossier_of
from infra.cli.session import Session
from serin.card.document import card_document
from serin.gates.check import check
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
        dossier = dossier_of(session, endpoint, session.versions(endpoint).get(model, number))
        document = card_document(dossier, endpoint, check(dossier, endpoint, datetime.now(UTC)))
    as_page = html or (output is not None and output.suffix == ".html")
    text = render.html(document) if as_page else render.markdown(document)
    if output:
        session.voice.write(output, text)
    if session.voice.as_json:
        session.voice.result(document)
    elif not output:
        sys.stdout.write(text)
