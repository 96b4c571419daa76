"""Rows that a version is judged by: a csv or parquet file with its features, and columns that are none, as a label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from serin.drift.calendar import Places
from serin.errors import BadRequest, InvalidModel
from serin.registry.baseline import column_names, read_baseline, read_column
from serin.registry.canonical import sha256
from serin.registry.manifest import Feature
from serin.registry.offline import as_read, feeds_of, layout_of, run
from serin.serving.signature import Signature
from serin.serving.tensors import Array

__all__ = ["Data", "feeds", "predict", "read_data"]

_KINDS = ("csv", "parquet")
_SHOWN = 20


@dataclass(frozen=True)
class Data:
    """`columns` are the features by name, `others` what else was asked for, each with `rows` entries."""

    name: str
    sha256: str
    rows: int
    columns: Mapping[str, Array]
    others: Mapping[str, Array]

    def at(self, places: Places) -> "Data":
        """These rows of it."""
        return replace(
            self,
            rows=len(places),
            columns={name: values[places] for name, values in self.columns.items()},
            others={name: values[places] for name, values in self.others.items()},
        )


def read_data(path: Path, features: Sequence[Feature], others: Sequence[str] = ()) -> Data:
    """Raises BadRequest for a file that can't be read, lacks a column, has no rows, or holds values of other types."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise BadRequest(f"{path.name} is neither csv nor parquet: give a file that ends in .csv or .parquet.")
    try:
        content = path.read_bytes()
        _check_columns(column_names(content, kind, path.name), [*(one.name for one in features), *others], path.name)
        columns = read_baseline(content, kind, features, path.name)
        found = {name: read_column(content, kind, name, path.name) for name in others}
    except OSError as error:
        raise BadRequest(f"{path} can't be read: {error.strerror}.") from error
    except InvalidModel as error:
        raise BadRequest(str(error)) from error
    rows = len(next(iter(columns.values())))
    if not rows:
        raise BadRequest(f"{path.name} has no rows: there is nothing to judge by.")
    return Data(path.name, sha256(content), rows, columns, found)


def _check_columns(there: Sequence[str], wanted: Sequence[str], name: str) -> None:
    if not there:
        raise BadRequest(f"{name} is empty: its first row names the columns.")
    if missing := [column for column in wanted if column not in there]:
        shown = ", ".join(there[:_SHOWN]) + (", …" if len(there) > _SHOWN else "")
        raise BadRequest(f"{name} has no column {missing[0]!r}: it has {shown}.")
    if twice := [column for column in wanted if there.count(column) > 1]:
        raise BadRequest(f"{name} has the column {twice[0]!r} {there.count(twice[0])} times: leave the right one.")


def feeds(signature: Signature, features: Sequence[Feature], data: Data, places: Places) -> dict[str, Array]:
    """What the model is given of these rows. Raises ValueError where they don't fit its inputs."""
    layout = layout_of(features, signature)
    columns = {name: as_read(data.columns[name], name, layout, signature) for name in (one.name for one in features)}
    return feeds_of(columns, layout, signature, places)


def predict(artifact: bytes, signature: Signature, features: Sequence[Feature], data: Data) -> dict[str, Array]:
    """Each output that has one entry a row. Raises BadRequest when the model can't run on these rows."""
    try:
        return run(artifact, feeds(signature, features, data, np.arange(data.rows)), signature)
    except Exception as error:  # whatever a kernel raises, memory included
        why = str(error.__cause__ or error).splitlines()[0][:200]
        raise BadRequest(f"The model can't run on {data.name}: {why}") from error
