"""`serin drift`: has the world moved, does it matter, and what is to be done?"""

import webbrowser
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from infra.cli.day import day
from infra.cli.session import Session
from serin.aws.watching import Watching
from serin.errors import BadRequest, NotFound
from serin.registry.endpoints import Endpoint
from serin.registry.names import check_name
from serin.watch.look import Looked, Subject, look
from serin.watch.record import Record
from serin.watch.span import LENGTHS, Span

__all__ = ["drift"]

_SHOWN = 30


def drift(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)],
    version: Annotated[
        int | None, typer.Option(help="The version.", show_default="all that were looked at; with a window, the last")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="Look at this window now, e.g. 2026-01-05T00+24h.", show_default=False)
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Look at every window from this day on, e.g. 2026-01-01.", show_default=False)
    ] = None,
    hours: Annotated[
        int | None, typer.Option(help="With --since: windows of so many hours.", show_default="the endpoint's")
    ] = None,
    until: Annotated[str | None, typer.Option(help="With --since: up to this day.", show_default="now")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write reports into this folder.", show_default="the present one, with --open")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show the report in the browser.")] = False,
) -> None:
    """Tell how the last windows of a model were diagnosed; with a window or a day, diagnose them now.

    A window is compared with the baseline of its version, from sketches. The verdict says whether inputs are broken, a
    shift is known, benign or harmful, the concept has changed or labels can't be right, what is to be done, and by
    whom. Looking now changes no record and tells nobody. With --open or --output there is a page for each that is
    looked at.
    """
    endpoint = session.directory.get(check_name(model))
    watching = Watching(session.clients, endpoint)
    if window is None and since is None:
        _tell_records(session, watching, version, open_page=open_page)
        return
    with session.voice.progress(f"looking at {model}"):
        subject = _subject(watching, model, version)
        wanted = (
            [Span.parse(window)]
            if window
            else _history(subject, hours or endpoint.drift.window_hours, str(since), until)
        )
        looks = _looks(session, subject, endpoint, wanted)
    pages = _written(looks, endpoint, output or Path()) if output or open_page else {}
    records = [one.record for one in looks]
    document = [
        {**_row(one.record), "report": pages.get(one.record.span), "diagnosis": one.diagnosis.to_dict()}
        for one in looks
    ]
    session.voice.result({"model": model, "version": subject.version, "windows": document}, *_pictures(records, looks))
    _open(pages, records, open_page=open_page)


def _subject(watching: Watching, model: str, version: int | None) -> Subject:
    """Raises NotFound where there is nothing to look at."""
    seen = sorted(watching.versions(model))
    if not seen:
        raise NotFound(
            f"{model} was seen in no window yet: register it with a baseline, deploy it, and send requests. What a "
            "sandbox saw in a minute is written with its first request after it."
        )
    if version is not None and version not in seen:
        raise NotFound(f"{model}@{version} was seen in no window; there are {', '.join(map(str, seen))}.")
    subject = watching.subject(model, version or seen[-1])
    if subject is None:
        raise NotFound(f"{model}@{version or seen[-1]} has no baseline to compare with: register it with one.")
    return subject


def _history(subject: Subject, hours: int, since: str, until: str | None) -> list[Span]:
    """Raises BadRequest."""
    if hours not in LENGTHS:
        raise BadRequest(f"Windows are {', '.join(map(str, LENGTHS))} hours long, not {hours}.")
    end = datetime.now(UTC) if until is None else day(until)
    return subject.spans(day(since), end, hours)


def _looks(session: Session, subject: Subject, endpoint: Endpoint, wanted: Sequence[Span]) -> list[Looked]:
    """Only windows in which something was seen."""
    now, found = datetime.now(UTC), []
    for span in wanted:
        one = look(subject, span, endpoint.drift, now)
        if one is not None:
            found.append(one)
            session.voice.step(f"{span}: {one.record.kind}")
    if not found:
        raise NotFound(f"{subject.model}@{subject.version} was seen in none of these windows.")
    return found


def _tell_records(session: Session, watching: Watching, version: int | None, *, open_page: bool) -> None:
    """What the job found. Raises NotFound where it has found nothing yet."""
    model = watching.endpoint.model
    versions = [version] if version is not None else sorted(watching.versions(model))
    records = [one for number in versions for one in watching.records.of_version(model, number)]
    if not records:
        raise NotFound(
            f"No window of {model} was diagnosed yet: the job looks {watching.endpoint.drift.schedule} at windows of "
            f"{watching.endpoint.drift.window_hours} hours that are over. To look now: --window or --since."
        )
    shown = records[-_SHOWN:]
    document = {"model": model, "windows": [_row(one) for one in shown]}
    session.voice.result(document, _table(shown), escape(shown[-1].sentence))
    if open_page:
        bucket = session.bucket(watching.endpoint)
        page = Path(_file_name(shown[-1]))
        page.write_bytes(bucket.read(f"{shown[-1].key}.html"))
        _open({shown[-1].span: str(page)}, shown, open_page=True)


def _written(looks: Sequence[Looked], endpoint: Endpoint, folder: Path) -> dict[Span, str]:
    """By window, the file of each page."""
    from serin.watch.report import page  # noqa: PLC0415 - templates, which no other command needs

    folder.mkdir(parents=True, exist_ok=True)
    records = [one.record for one in looks]
    found = {}
    for place, one in enumerate(looks):
        path = folder / _file_name(one.record)
        path.write_text(page(one, endpoint, records[:place]))
        found[one.record.span] = str(path)
    return found


def _file_name(record: Record) -> str:
    return f"drift-{record.model}-{record.version}-{record.span}.html"


def _open(pages: dict[Span, str], records: Sequence[Record], *, open_page: bool) -> None:
    """The last one that asks somebody to act, else the last."""
    if open_page and pages:
        chosen = next((one for one in reversed(records) if one.alarm), records[-1])
        webbrowser.open(Path(pages[chosen.span]).resolve().as_uri())


def _pictures(records: Sequence[Record], looks: Sequence[Looked]) -> list[Table | str]:
    if len(looks) > 1:
        return [_table(records)]
    causes = looks[0].diagnosis.causes
    said = [f"[bold]{escape(str(records[0].kind))}[/bold], window {records[0].span}: {escape(records[0].sentence)}"]
    return [*said, *(f"  - {escape(reason)}" for cause in causes for reason in cause.reasons)]


def _table(records: Sequence[Record]) -> Table:
    table = Table("window", "version", "rows", "outcomes", "expected", "realised", "verdict", "do", "owner", box=None)
    for one in records:
        style = "bold red" if one.alarm else ""
        table.add_row(
            str(one.span), str(one.version), f"{one.rows:,}", f"{one.outcomes:,}", _figure(one.figures.expected),
            _figure(one.figures.realised), one.kind, one.response, one.owner, style=style,
        )  # fmt: skip
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _row(record: Record) -> dict[str, Any]:
    document = record.to_dict()
    hidden = ("stamp", "evidence", "told", "revision")
    return {name: value for name, value in document.items() if name not in hidden}
