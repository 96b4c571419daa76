"""How does an estimate look? Tables for people, and lines for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from serin.cost.estimate import SERIN, Crossing, Estimate, Priced
from serin.cost.money import decimal, dollars
from serin.cost.prices import MICRO, Prices
from serin.cost.stage import Load, Stage
from serin.cost.traffic import LEFT_OUT

__all__ = ["estimate_csv", "estimate_page"]

_AIM_STAGE, _AIM_ENDPOINT = 3 * MICRO, MICRO
_WHOLE = "the stage"


def estimate_page(found: Estimate, stage: Stage, load: Load, prices: Prices) -> Iterator[RenderableType]:
    """The whole month first, then what it is made of."""
    each = "each " if len(stage.endpoints) > 1 else ""
    yield (
        f"[bold]{dollars(found.micro)} a month[/bold] in {prices.region}: {len(stage.endpoints)} endpoint"
        f"{'s' if len(stage.endpoints) > 1 else ''}, {each}{load.requests_per_day:,} requests a day of {load.rows:,}"
        f" row{'s' if load.rows > 1 else ''} and {load.ms:,} ms\n"
    )
    yield _parts("idle", found.idle)
    yield from _aims(found, stage)
    yield ""
    if found.load:
        yield _parts(f"with {load.requests_per_day:,} requests a day", found.load)
    yield _beside(found)
    yield from _notes(prices)


def estimate_csv(found: Estimate, prices: Prices) -> str:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["section", "owner", "part", "code", "quantity", "unit", "usd"])
    for section, parts in (("idle", found.idle), ("load", found.load)):
        for one in parts:
            for code, quantity in one.part.used.items():
                usd, unit = decimal(one.lines[code]), prices.of_code[code].unit
                rows.writerow([section, one.owner, one.part.name, code, f"{float(quantity):.6f}", unit, usd])
    for name, micro in found.rivals.items():
        rows.writerow(["rival", "", name, "", "", "", "" if micro is None else decimal(micro)])
    return written.getvalue()


def _parts(title: str, parts: Iterable[Priced]) -> Table:
    table = Table(title, "", "", "a month", box=None, title_justify="left")
    table.columns[3].justify = "right"
    total, owner = 0, None
    for one in parts:
        shown = one.owner or _WHOLE
        table.add_row("" if shown == owner else escape(shown), one.part.name, f"[dim]{one.part.why}[/dim]",
                      dollars(one.micro))  # fmt: skip
        total, owner = total + one.micro, shown
    table.add_row("", "[bold]together[/bold]", "", f"[bold]{dollars(total)}[/bold]")
    return table


def _aims(found: Estimate, stage: Stage) -> Iterator[str]:
    """What is missed, by what."""
    for owner, aim in (("", _AIM_STAGE), *((one.model, _AIM_ENDPOINT) for one in stage.endpoints)):
        micro = found.idle_of(owner)
        kept = micro < aim
        large = sorted((one for one in found.idle if one.owner == owner), key=lambda one: -one.micro)
        most = ", ".join(f"{one.part.name} {dollars(one.micro)}" for one in large[:2])
        verdict = "[green]kept[/green]" if kept else f"[yellow]missed[/yellow], mostly by {most}"
        yield f"  idle aim of {escape(owner or _WHOLE)}, under {dollars(aim)}: {dollars(micro)}, {verdict}"
    taken = ", ".join(f"{dollars(micro)} {name}" for name, micro in found.free.items())
    yield (
        f"  AWS's always-free allowances would take off up to {dollars(sum(found.free.values()))} ({taken}): once for"
        " an account, so nothing here counts on them"
    )


def _beside(found: Estimate) -> Table:
    table = Table("beside", "a month", "cheaper", box=None)
    table.columns[1].justify = "right"
    table.add_row(SERIN, dollars(found.micro), "")
    for name, micro in found.rivals.items():
        if micro is None:
            table.add_row(name, "-", "not to be had with so much memory")
        else:
            table.add_row(name, dollars(micro), _cheaper(found.crossings[name]))
    return table


def _cheaper(crossings: tuple[Crossing, ...]) -> str:
    """
    >>> _cheaper((Crossing(0, "Serin"), Crossing(500, "x"))), _cheaper((Crossing(0, "x"), Crossing(1, "Serin")))
    ('Serin, up to 499 requests a day; x from 500 on', 'x, without requests; Serin from 1 on')
    """
    first, *later = crossings
    if not later:
        return f"{first.cheaper}, at any load"
    most = later[0].requests_per_day - 1
    said = [f"{first.cheaper}, up to {most:,} request{'s' if most > 1 else ''} a day" if most
            else f"{first.cheaper}, without requests"]  # fmt: skip
    return "; ".join((*said, *(f"{one.cheaper} from {one.requests_per_day:,} on" for one in later)))


def _notes(prices: Prices) -> Iterator[str]:
    dates = sorted(price.as_of for price in prices.of_code.values())
    yield ""
    yield "[dim]SageMaker's are for inference alone: without keys, plans, metrics, windows, capture and drift.[/dim]"
    yield f"[dim]Left out: {'; '.join(LEFT_OUT)}.[/dim]"
    yield (
        f"[dim]List prices in the lowest tier, read between {dates[0]} and {dates[-1]}; each with its source in"
        " functions/serin/cost/prices.json and in --json.[/dim]"
    )
