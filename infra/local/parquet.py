"""How do JSON documents become Parquet? By the columns of a table in Glue, as Firehose converts them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from infra.local.columns import ARRAY, MAP, check_column

__all__ = ["arrow_type", "to_parquet"]

_SIMPLE = {
    "timestamp": pa.timestamp("ms"), "string": pa.string(), "double": pa.float64(), "float": pa.float32(),
    "int": pa.int32(), "bigint": pa.int64(), "boolean": pa.bool_(),
}  # fmt: skip


def arrow_type(hive: str) -> pa.DataType:
    """Raises InvalidSettings for a type that is not known here."""
    if found := MAP.fullmatch(hive):
        return pa.map_(arrow_type(found[1]), arrow_type(found[2]))
    if found := ARRAY.fullmatch(hive):
        return pa.list_(arrow_type(found[1]))
    check_column(hive)
    return _SIMPLE[hive]


def to_parquet(documents: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> bytes:
    """`columns` gives each one's type in Hive. Raises ValueError for a document that does not fit, TypeError for none.

    What no column is for is left out, as Firehose does.
    """
    schema = pa.schema([(name, arrow_type(kind)) for name, kind in columns.items()])
    times = [name for name, kind in columns.items() if kind == "timestamp"]
    rows = [{**document, **{name: _time(document.get(name)) for name in times}} for document in documents]
    try:
        table = pa.Table.from_pylist(rows, schema)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None
    found = BytesIO()
    pq.write_table(table, found, compression="snappy")
    return found.getvalue()


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
