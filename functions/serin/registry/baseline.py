"""What does the baseline data hold? A column for every feature, in the type that the model reads."""

import csv
from collections.abc import Sequence
from importlib import import_module
from io import BytesIO, StringIO
from typing import Any

import numpy as np

from serin.errors import InvalidModel
from serin.registry.manifest import Feature, Manifest
from serin.serving.tensors import Array

__all__ = ["check_baseline", "column_names", "read_baseline", "read_column", "typed_column"]


def check_baseline(data: bytes, kind: str, manifest: Manifest) -> None:
    """Raise InvalidModel when it can't be read or lacks a column."""
    columns = column_names(data, kind, f"baseline.{kind}")
    missing = [feature.name for feature in manifest.features if feature.name not in columns]
    if missing:
        raise InvalidModel(f"baseline.{kind} has no column {missing[0]!r}: name its columns as model.toml's features.")
    for use, name in manifest.baseline_columns.items():
        if name not in columns:
            raise InvalidModel(f"baseline.{kind} has no column {name!r}, which model.toml's [baseline] {use} names.")


def column_names(data: bytes, kind: str, file: str) -> list[str]:
    """Raise InvalidModel when they can't be read."""
    return _csv_columns(data, file) if kind == "csv" else _parquet_columns(data, file)


def read_baseline(data: bytes, kind: str, features: Sequence[Feature], file: str = "") -> dict[str, Array]:
    """By feature: texts, numbers with NaN for what is missing, or lists of numbers as the rows of a matrix.

    Raise InvalidModel, naming file and column, for values that are not of the feature's type.
    """
    pyarrow = import_module("pyarrow")  # a development dependency that no Lambda bundle has
    names, file = [feature.name for feature in features], file or f"baseline.{kind}"
    try:
        table = _csv_table(data, features) if kind == "csv" else _parquet_table(data, names)
        columns = {name: table.column(name).to_numpy() for name in names}
    except (pyarrow.ArrowException, OSError, KeyError) as error:
        raise InvalidModel(f"{file} can't be read: {error}. Write it again.") from error
    return {feature.name: typed_column(columns[feature.name], file, feature) for feature in features}


def read_column(data: bytes, kind: str, name: str, file: str = "") -> Array:
    """A column that is no feature, as it is in the file. Raise InvalidModel when it can't be read."""
    pyarrow = import_module("pyarrow")  # a development dependency that no Lambda bundle has
    try:
        if kind == "csv":
            arrow_csv = import_module("pyarrow.csv")
            options = arrow_csv.ConvertOptions(include_columns=[name])
            table = arrow_csv.read_csv(BytesIO(data), convert_options=options)
        else:
            table = _parquet_table(data, [name])
        values: Array = table.column(name).to_numpy()
    except (pyarrow.ArrowException, OSError, KeyError) as error:
        raise InvalidModel(f"{file or f'baseline.{kind}'} can't be read: {error}. Write it again.") from error
    return values


def _csv_columns(data: bytes, file: str) -> list[str]:
    try:
        return next(csv.reader(StringIO(data.partition(b"\n")[0].decode("utf-8-sig"))), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidModel(f"{file} is not a UTF-8 CSV file: {error}. Write it again.") from error


def _parquet_columns(data: bytes, file: str) -> list[str]:
    pyarrow = import_module("pyarrow")  # a development dependency that no Lambda bundle has
    parquet = import_module("pyarrow.parquet")

    try:
        return list(parquet.read_schema(BytesIO(data)).names)
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidModel(f"{file} is not a Parquet file: {error}. Write it again.") from error


def _parquet_table(data: bytes, names: list[str]) -> Any:
    return import_module("pyarrow.parquet").read_table(BytesIO(data), columns=names)


def _csv_table(data: bytes, features: Sequence[Feature]) -> Any:
    """Texts stay what they are: a postcode is no number. What is missing in other columns is null."""
    arrow_csv, pyarrow = import_module("pyarrow.csv"), import_module("pyarrow")
    texts = {feature.name: pyarrow.string() for feature in features if feature.type == "string"}
    options = arrow_csv.ConvertOptions(column_types=texts, include_columns=[feature.name for feature in features])
    return arrow_csv.read_csv(BytesIO(data), convert_options=options)


def typed_column(values: Array, file: str, feature: Feature) -> Array:
    """A column in the type of its feature. Raise InvalidModel where it has another."""
    try:
        if feature.type == "string":
            return np.array([None if value is None else _text(value) for value in values], object)
        if values.dtype.kind == "O" and len(values) and any(np.ndim(value) for value in values):
            return np.stack([np.asarray(value, np.float64).ravel() for value in values])
        if values.dtype.kind not in "biufO":
            raise TypeError(f"{values.dtype}")
        return np.array(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidModel(
            f"{file}: the column {feature.name!r} holds what is no {feature.type} ({error}): "
            "write the values as the model reads them."
        ) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} {value!r}"[:80])
    return value
