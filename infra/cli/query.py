"""`serin query`: what was predicted, for whom and how sure, asked in SQL."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from infra.cli.session import Session
from serin.aws.athena import Answer, Athena
from serin.errors import InvalidSettings
from serin.registry.endpoints import Captured
from serin.registry.names import check_name

__all__ = ["ask", "query"]

_OVERVIEW = "select day, version, count(*) as predictions from {} group by 1, 2 order by 1, 2"


def query(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)],
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A select from the table of the model.")] = "",
    limit: Annotated[int, typer.Option(help="Show at most so many rows.", min=1, max=100_000)] = 100,
) -> None:
    """Ask in SQL what was predicted: by Athena on AWS, by DuckDB on the local cloud, from the same table.

    The table is named as the model, with _ for -. It holds the sample of predictions that the endpoint captures, one
    row each: predicted_at, version, release, receipt, row_index, client, latency_ms, score, numbers, texts, outputs,
    labels, day. For example: select version, avg(score), avg(numbers['wind_speed']) from flights where day >=
    '2026-01-01' group by version. Without SQL: how many rows there are by day and version.
    """
    endpoint = session.directory.get(check_name(model))
    captured = endpoint.captured
    if captured is None:
        raise InvalidSettings("The stack does not say where predictions are captured: deploy it again.")
    with session.voice.progress("asking"):
        answer = ask(session, captured, sql or _OVERVIEW.format(captured.table), limit)
    document = {
        "columns": list(answer.columns),
        "rows": [list(row) for row in answer.rows],
        "cut": answer.cut,
        "scanned_bytes": answer.scanned_bytes,
    }
    session.voice.result(document, _table(answer), _sentence(answer))


def ask(session: Session, captured: Captured, sql: str, limit: int) -> Answer:
    """Raises BadRequest in the words of whoever answers."""
    if session.local:
        from infra.cli import local_query  # noqa: PLC0415 - DuckDB takes 140 ms, which no other command need pay

        return local_query.ask(sql, captured.table, _files(session, captured), limit)
    return Athena(session.clients.client("athena"), captured.workgroup, captured.database).ask(sql, limit)


def _files(session: Session, captured: Captured) -> Iterator[tuple[str, bytes]]:
    bucket = session.bucket_named(captured.bucket)
    for key in bucket.keys(captured.prefix):
        yield key.removeprefix(captured.prefix), bucket.read(key)


def _table(answer: Answer) -> Table:
    table = Table(*map(escape, answer.columns), box=None)
    for row in answer.rows:
        table.add_row(*(_text(value) for value in row))
    return table


def _text(value: Any) -> str:
    if value is None:
        return "[dim]null[/dim]"
    return f"{value:.6g}" if isinstance(value, float) else escape(str(value))


def _sentence(answer: Answer) -> str:
    number = len(answer.rows)
    more = ", and there are more: --limit" if answer.cut else ""
    return f"{number:,} row{'' if number == 1 else 's'}{more}; {answer.scanned_bytes / 1e6:.2f} MB read"
