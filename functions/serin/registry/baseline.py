"""Does the baseline data have a column for every feature? Its values are read when drift is judged."""

import csv
from importlib import import_module
from io import BytesIO, StringIO

from serin.errors import InvalidModel
from serin.registry.manifest import Feature

__all__ = ["check_baseline"]


def check_baseline(data: bytes, kind: str, features: tuple[Feature, ...]) -> None:
    """Raise InvalidModel when it can't be read or lacks a column."""
    columns = _csv_columns(data) if kind == "csv" else _parquet_columns(data)
    missing = [feature.name for feature in features if feature.name not in columns]
    if missing:
        raise InvalidModel(f"baseline.{kind} has no column {missing[0]!r}: name its columns as model.toml's features.")


def _csv_columns(data: bytes) -> list[str]:
    try:
        return next(csv.reader(StringIO(data.partition(b"\n")[0].decode("utf-8-sig"))), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidModel(f"baseline.csv is not a UTF-8 CSV file: {error}. Write it again.") from error


def _parquet_columns(data: bytes) -> list[str]:
    pyarrow = import_module("pyarrow")  # a development dependency that no Lambda bundle has
    parquet = import_module("pyarrow.parquet")

    try:
        return list(parquet.read_schema(BytesIO(data)).names)
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidModel(f"baseline.parquet is not a Parquet file: {error}. Write it again.") from error
