"""`serin audit`: who changed what, when and why, and is the trail as it was written?"""

import re
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from infra.cli.day import day
from infra.cli.session import Session
from serin.aws.sealed_copies import sealed_copies
from serin.errors import Conflict
from serin.registry.endpoints import Endpoint
from serin.registry.names import check_name
from serin.registry.seal import Checked, Seal, compared

__all__ = ["audit"]

_COLUMNS = ("when", "who", "what", "why", "details", "copy")


def audit(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)],
    since: Annotated[
        str | None, typer.Option(help="From this day on, e.g. 2026-01-05.", show_default="the beginning")
    ] = None,
    last: Annotated[int, typer.Option(help="How many entries to show.", min=1)] = 50,
    action: Annotated[
        list[str] | None, typer.Option(help="Show this only, e.g. promote; may be repeated.", show_default="all")
    ] = None,
) -> None:
    """Show a model's audit trail, the newest entry last: when, who, what, why.

    Every entry since that day is compared with the copy that the controller sealed within a minute of its writing.
    One that differs, or is missing, is shown as its copy has it, whatever else was asked for; the exit code is then 6.
    """
    start = day(since) if since else None
    with session.voice.progress(f"reading the trail of {model}"):
        endpoint = session.directory.get(check_name(model))
        bucket = endpoint.audit_bucket
        copies = sealed_copies(session.bucket_named(bucket), endpoint.model, start) if bucket else {}
        # Copies before entries: what is written and sealed in between is not missing.
        found = list(compared(session.audits(endpoint).of(endpoint.model, since=start), copies))
    broken = [one for one in found if one.seal.broken]
    shown = _shown(found, last, action)
    document = {
        "model": endpoint.model,
        "entries": [{**one.entry.to_dict(), "seal": one.seal.value} for one in shown],
        "compared": len(found),
        "broken": len(broken),
    }
    session.voice.result(document, _table(shown) if shown else _nothing(model, since, action))
    _close(session, endpoint, broken)


def _shown(found: Sequence[Checked], last: int, actions: Sequence[str] | None) -> list[Checked]:
    chosen = [one for one in found if not actions or one.entry.action in actions][-last:]
    ids = {one.entry.id for one in chosen}
    return [one for one in found if one.entry.id in ids or one.seal.broken]


def _nothing(model: str, since: str | None, actions: Sequence[str] | None) -> str:
    if not (since or actions):
        return f"Nothing of {model} was changed yet."
    what = f" by {' or '.join(actions)}" if actions else ""
    when = f" since {since}" if since else ""
    return escape(f"Nothing of {model} was changed{what}{when}. All there is: serin audit {model}")


def _close(session: Session, endpoint: Endpoint, broken: Sequence[Checked]) -> None:
    """Raises Conflict where the trail is not as it was written."""
    if not endpoint.audit_bucket:
        session.voice.warn("this stage seals no copies yet, so that nothing could be compared: deploy the stack again")
    if broken:
        named = ", ".join(f"{one.entry.id} {one.seal}" for one in broken[:5])
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        raise Conflict(
            f"The audit trail of {endpoint.model} was changed after it was written: {named}{more}. The copies in "
            f"s3://{endpoint.audit_bucket}/{endpoint.model}/ have what was; CloudTrail may tell by whom."
        )


def _table(shown: Sequence[Checked]) -> Table:
    table = Table(*(Column(name, overflow="fold") for name in _COLUMNS), box=None)
    for one in shown:
        entry = one.entry
        about = {name: value for name, value in entry.details.items() if name != "reason" and value != ""}
        style = {Seal.SEALED: "", Seal.OPEN: "dim"}.get(one.seal, "bold red")
        row = (entry.at[:19], _short(entry.actor), entry.action, _short(str(entry.details.get("reason", ""))),
               ", ".join(f"{name} {_short(str(value))}" for name, value in about.items()), one.seal)  # fmt: skip
        table.add_row(*map(escape, row), style=style)
    return table


def _short(text: str) -> str:
    """Without what all names of an account begin with, and with hashes cut."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", re.sub(r"arn:aws:(?:sts|iam)::\d+:", "", text))
