"""Questions in SQL to the files of captured predictions, answered by DuckDB, where there is no Athena."""

import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from serin.aws.athena import Answer
from serin.errors import BadRequest
from serin.serving.captured import COLUMNS

__all__ = ["ask"]

_DUCKDB = {
    "timestamp": "TIMESTAMP", "int": "INTEGER", "string": "VARCHAR", "double": "DOUBLE",
    "map<string,double>": "MAP(VARCHAR, DOUBLE)", "map<string,string>": "MAP(VARCHAR, VARCHAR)",
    "map<string,array<double>>": "MAP(VARCHAR, DOUBLE[])",
}  # fmt: skip


def ask(sql: str, table: str, files: Iterable[tuple[str, bytes]], most: int) -> Answer:
    """`files` are `day=…/….parquet` with their content. At most so many rows. Raises BadRequest in DuckDB's words."""
    with tempfile.TemporaryDirectory(prefix="serin-query-") as folder, duckdb.connect() as connection:
        sizes = [_write(Path(folder) / name, content) for name, content in files]
        connection.execute(_table(table, folder, empty=not sizes))
        connection.execute("SET enable_external_access = false")
        try:
            found = connection.execute(sql)
            columns = tuple(str(one[0]) for one in found.description or ())
            rows = found.fetchmany(most + 1) if columns else []
        except duckdb.Error as error:
            raise BadRequest(f"DuckDB: {error}") from None
    shown = tuple(tuple(map(_plain, row)) for row in rows[:most])
    return Answer(columns, shown, len(rows) > most, sum(sizes))


def _write(path: Path, content: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(content)


def _table(name: str, folder: str, *, empty: bool) -> str:
    """Read whole, so that what is asked afterwards can touch no other file."""
    if empty:
        columns = ", ".join(f'"{column}" {_DUCKDB[kind]}' for column, kind in COLUMNS.items())
        return f'CREATE TABLE "{name}" ({columns}, "day" VARCHAR)'
    files = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = true, hive_types = {{'day': VARCHAR}})"
    return f'CREATE TABLE "{name}" AS SELECT * FROM {files}'  # noqa: S608 - the name is of cdk.json, checked there


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat(" ", "milliseconds") if isinstance(value, datetime) else value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
