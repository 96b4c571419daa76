"""Which outcomes are in a file? Rows of csv, parquet or jsonl, in the form in which `POST /outcomes` takes them."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from serin.errors import InvalidInput

__all__ = ["rows"]

_OWN = ("receipt", "row", "outcome", "observed_at", "kpi")


def rows(file: Path) -> Iterator[dict[str, Any]]:
    """Raises InvalidInput, naming file and line where there is one."""
    readers = {".csv": _csv, ".parquet": _parquet, ".jsonl": _jsonl}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise InvalidInput(f"{file} is none of {', '.join(readers)}.")
    if not file.is_file():
        raise InvalidInput(f"{file} is not there.")
    yield from map(_item, reader(file))


def _item(row: dict[str, Any]) -> dict[str, Any]:
    """`kpi_cost` and the like become one `kpi`; what is empty is left out."""
    known = {name: value for name, value in row.items() if not _empty(value)}
    kpi = {name.removeprefix("kpi_"): value for name, value in known.items() if name.startswith("kpi_")}
    item = {name: known[name] for name in _OWN if name in known}
    if kpi:
        item["kpi"] = kpi
    if "row" in item:
        item["row"] = int(item["row"])
    return item


def _empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _jsonl(file: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                found = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise InvalidInput(f"{file}, line {number} is not JSON: {error}.") from error
            if not isinstance(found, dict):
                raise InvalidInput(f"{file}, line {number} is no JSON object.")
            yield found


def _csv(file: Path) -> Iterator[dict[str, Any]]:
    import pandas as pd  # noqa: PLC0415 - other commands need no pandas

    yield from _records(lambda: pd.read_csv(file, dtype={"receipt": str}), file)


def _parquet(file: Path) -> Iterator[dict[str, Any]]:
    import pandas as pd  # noqa: PLC0415 - as for csv

    yield from _records(lambda: pd.read_parquet(file), file)


def _records(read: Any, file: Path) -> Iterator[dict[str, Any]]:
    try:
        frame = read()
    except (ValueError, OSError) as error:
        raise InvalidInput(f"{file} can't be read: {error}.") from error
    missing = {"receipt", "outcome"} - set(frame.columns)
    if missing:
        raise InvalidInput(f"{file} has no column {min(missing)}: it needs receipt and outcome.")
    yield from (_plain(record) for record in frame.to_dict("records"))


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Numbers as Python has them; times as text."""
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in record.items()}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in plain.items()}
