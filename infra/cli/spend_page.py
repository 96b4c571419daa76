"""How does a month on the ledger look? Tables for people, and lines for a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from serin.cost.entry import TRAINING, Account, Line
from serin.cost.ledger import By, by_line
from serin.cost.money import decimal, dollars
from serin.cost.month import Compared, Month

__all__ = ["spend_csv", "spend_page"]

_CHANGES = 6


def spend_page(found: Month, by: By, rows: list[dict[str, Any]], stage: str) -> Iterator[RenderableType]:
    """The sum and where it will end first, then who and what, then why it is not as before."""
    if not found.hours:
        yield (
            f"Nothing is on the ledger of {found.month} yet. It is kept by serin-{stage}-ledger: requests are on it"
            " five minutes later, the rest some hours later. `serin cost estimate` tells what to expect."
        )
        return
    until = "so far" if found.forecast else "in all"
    yield f"[bold]{dollars(found.micro)}[/bold] in {found.month} {until}, at list price"
    if found.forecast:
        yield _ending(found)
    yield ""
    yield _rows(by, rows, found.micro)
    if any("budget_usd" in row for row in rows) and TRAINING in by_line(found.entries):
        yield "[dim]Of a budget counts what runs, and not what training cost.[/dim]"
    if found.compared:
        yield ""
        yield from _changes(found.compared)
    if found.open:
        yield ""
        many = "1 hour is" if len(found.open) == 1 else f"{len(found.open)} hours are"
        yield f"[dim]{many} still open: what requests took is here, the rest follows.[/dim]"


def spend_csv(found: Month) -> str:
    """What each line cost of each version and day: their sum is that of the month, to the micro-dollar."""
    sums: dict[tuple[str, Account, str], Line] = {}
    for entry in found.entries:
        for code, line in entry.lines.items():
            key = (entry.day, entry.account, code)
            sums[key] = sums.get(key, Line(0)) + line
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["day", "team", "model", "version", "line", "quantity", "usd"])
    for (day, account, code), line in sorted(sums.items()):
        quantity = f"{float(line.quantity):.9g}"
        rows.writerow([day, account.team, account.model, account.version, code, quantity, decimal(line.micro)])
    return written.getvalue()


def _ending(found: Month) -> str:
    forecast = found.forecast
    assert forecast
    if forecast.low is None or forecast.high is None:
        return f"about {dollars(forecast.expected)} by its end: {forecast.reason}"
    between = f"{dollars(forecast.low)} to {dollars(forecast.high)}"
    return f"{dollars(forecast.expected)} by its end (95 %: {between}): {forecast.reason}"


def _rows(by: By, rows: list[dict[str, Any]], whole: int) -> Table:
    budgets = any("budget_usd" in row for row in rows)
    table = Table(by.value, "spent", "share", *(["budget", "used"] if budgets else []), box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    ordered = rows if by is By.DAY else sorted(rows, key=lambda row: -int(row["micro"]))
    for row in ordered:
        cells = [escape(row["name"]), dollars(row["micro"]), f"{row['micro'] / whole:.1%}" if whole else ""]
        if "budget_usd" in row:
            cells += [f"${row['budget_usd']:,.2f}", _used(row["budget_used_percent"])]
        table.add_row(*cells)
    return table


def _used(percent: float) -> str:
    style = "bold red" if percent >= 100 else "yellow" if percent >= 80 else "green"
    return f"[{style}]{percent:.1f} %[/{style}]"


def _changes(compared: Compared) -> Iterator[RenderableType]:
    difference = dollars(compared.after - compared.before, sign=True)
    against = compared.month if compared.hours is None else f"the same {compared.hours} hours of {compared.month}"
    yield f"{difference} against {against}, which cost {dollars(compared.before)}"
    for change in compared.changes[:_CHANGES]:
        yield f"  {change.line}: {change.sentence}"
