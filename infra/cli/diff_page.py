"""How do the differences of two versions look on a terminal? What matters first, and not more than a screen or two."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from serin.diff import wording
from serin.diff.behaviour import Behaviour
from serin.diff.change import Change, Kind
from serin.diff.difference import Difference
from serin.diff.figures import Row

__all__ = ["diff_page"]

_MOST = 12
_SIGN = {Kind.ADDED: "[green]+[/green]", Kind.REMOVED: "[red]-[/red]", Kind.CHANGED: "[yellow]~[/yellow]",
         Kind.MOVED: "[cyan]↕[/cyan]"}  # fmt: skip


def diff_page(found: Difference) -> RenderableType:
    return Group(f"[bold]{escape(wording.summary(found))}[/bold]", *_parts(found))


def _parts(found: Difference) -> Iterator[RenderableType]:
    for behaviour in found.behaviours:
        yield from _section(f"predictions, {behaviour.source}", _behaviour(behaviour))
    for sentence in found.unseen:
        yield f"\n[dim]{escape(sentence)}[/dim]"
    for title, changes in (
        ("manifest", found.manifest),
        ("signature", found.signature),
        ("graph", found.graph.changes),
    ):
        yield from _section(title, _changes(changes, found) if changes else None)
    yield from _section("weights", _weights(found) if found.graph.weights else None)
    yield from _section("golden examples", _changes(found.golden, found, 3) if found.golden else None)
    yield from _section("declared evidence", _changes(found.evidence, found) if found.evidence else None)
    figures = found.figures
    rows = (*figures.evaluated, *figures.declared, *figures.latency, figures.size)
    yield from _section("side by side", _figures(rows, found))
    if figures.same_data is False:
        yield "  [yellow]evaluated on different data: the figures can't be compared[/yellow]"


def _section(title: str, body: RenderableType | None) -> Iterator[RenderableType]:
    if body is not None:
        yield f"\n[bold cyan]{escape(title)}[/bold cyan]"
        yield body


def _behaviour(one: Behaviour) -> RenderableType:
    lines: list[RenderableType] = [f"  {escape(sentence)}" for sentence in wording.behaviour(one)]
    if not one.slices:
        return Group(*lines)
    table = Table("slice", "rows", "flip", "", box=None, padding=(0, 2))
    for part in one.slices[:5]:
        share = wording.share(part.counts.rate or 0.0)
        table.add_row(escape(part.name), f"{part.counts.total:,}", share, wording.between(part.interval))
    return Group(*lines, table)


def _changes(changes: Sequence[Change], found: Difference, most: int = _MOST) -> RenderableType:
    table = Table("", "", str(found.before), str(found.after), box=None, padding=(0, 1))
    for one in changes[:most]:
        table.add_row(_SIGN[one.kind], *map(escape, (one.path, *wording.both(one))))
    return _with_rest(table, len(changes) - most)


def _weights(found: Difference) -> RenderableType:
    table, lines = Table.grid(padding=(0, 2)), wording.weights(found.graph.weights)
    for path, said in lines[:_MOST]:
        table.add_row(escape(f"  {path}"), said)
    return _with_rest(table, len(lines) - _MOST)


def _with_rest(table: Table, rest: int) -> RenderableType:
    return Group(table, f"  [dim]and {rest:,} more: --html or --json shows them[/dim]") if rest > 0 else table


def _figures(rows: Sequence[Row], found: Difference) -> Table:
    paired = any(row.difference for row in rows)
    table = Table(
        "", str(found.before), str(found.after), *(("difference",) if paired else ()), box=None, padding=(0, 2)
    )
    for row in rows:
        words = [wording.figure(one) for one in (row.before, row.after)]
        more = (wording.figure(row.difference) if row.difference else "",) if paired else ()
        table.add_row(f"  {escape(row.name)}", *words, *more)
    return table
