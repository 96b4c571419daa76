"""`serin diff`: what is different in another version, and does it answer differently?"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.captured_rows import captured
from infra.cli.diff_page import diff_page
from infra.cli.session import Session
from infra.cli.version_of import version_of
from serin.diff.behaviour import Behaviour, Rows, behave
from serin.diff.difference import compare_versions
from serin.diff.rows import CAPTURED, GOLDEN, captured_rows, golden_rows
from serin.diff.version import Version
from serin.errors import SerinError
from serin.evidence.data import read_data
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef

__all__ = ["diff"]


def diff(
    session: Session,
    before: Annotated[str, typer.Argument(metavar="MODEL@A", help="A version.", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="MODEL@B", help="Another one.", show_default=False)],
    data: Annotated[
        Path | None,
        typer.Option(help="Compare predictions on this csv or parquet file.", show_default="golden and captured rows"),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="How far the prediction of a regression may move without counting as flipped.",
            min=0.0,
            show_default="1 % of the interquartile range of A's",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the page to this file too.", show_default=False)] = None,
) -> int:
    """Show what differs between two versions: manifest, signature, graph, weights, evidence, and their predictions.

    Predictions are compared on --data, which has the features of both; else on their golden examples, and on up to
    10,000 captured rows. Where the predictions of a class differ, they flip; so does a number that moves by more than
    the tolerance. The exit code is as diff(1) has it: 0 when nothing differs, 1 when anything does, 2 and above for
    errors (70 for an unexpected one).
    """
    refs = ModelRef.parse_version(before), ModelRef.parse_version(after)
    with session.voice.progress(f"reading {before} and {after}"):
        endpoints = [session.directory.get(model) for model, _ in refs]
        one, two = (version_of(session, endpoint, ref[1]) for endpoint, ref in zip(endpoints, refs, strict=True))
    with session.voice.progress("comparing predictions"):
        behaviours, unseen = _behaviours(session, endpoints, one, two, data, tolerance)
    with session.voice.progress("comparing graphs and weights"):
        found = compare_versions(one, two, behaviours, unseen)
    if html:
        from serin.diff.html import page  # noqa: PLC0415 - templates, which the terminal does not need

        session.voice.write(html, page(found))
    session.voice.result(found.to_dict(), diff_page(found))
    return int(found.differs)


def _behaviours(
    session: Session, endpoints: list[Endpoint], one: Version, two: Version, data: Path | None, tolerance: float | None
) -> tuple[list[Behaviour], list[str]]:
    """Of each source, or why there is none. What was asked for by name and can't be is an error."""
    if data is not None:
        return [behave(one, two, _file(data, one, two), tolerance)], []
    if one.record.artifact == two.record.artifact and one.features == two.features:
        return [], ["The artifact and the features are the same, so that all predictions are."]
    found, unseen = [], []
    for source, rows in _sources(session, endpoints, one, two):
        try:
            found.append(behave(one, two, rows(), tolerance))
        except SerinError as error:
            unseen.append(f"No predictions were compared on {source}: {error}")
    return found, unseen


def _file(data: Path, one: Version, two: Version) -> Rows:
    """Raises BadRequest where it lacks a feature."""
    return Rows(data.name, read_data(data, one.features), read_data(data, two.features))


def _sources(
    session: Session, endpoints: list[Endpoint], one: Version, two: Version
) -> Iterator[tuple[str, Callable[[], Rows]]]:
    """What says most first."""
    yield CAPTURED, lambda: captured_rows(one, two, captured(session, endpoints, one, two))
    yield GOLDEN, lambda: golden_rows(one, two)
