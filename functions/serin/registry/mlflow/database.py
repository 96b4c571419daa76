"""A run as MLflow's SQLite database keeps it, MLflow 3's default: the file mlflow.db beside mlruns."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

from serin.errors import InvalidModel
from serin.registry.mlflow.mlmodel import MlModel
from serin.registry.mlflow.run import Dataset, Metric, Run, of_model, rows_of

__all__ = ["run_in_database"]

_RUN = {
    "params": "SELECT key, value FROM params WHERE run_uuid = ?",
    "tags": "SELECT key, value FROM tags WHERE run_uuid = ?",
    "latest_metrics": "SELECT key, value, step, timestamp, '' FROM latest_metrics WHERE run_uuid = ? AND NOT is_nan",
    "datasets": """
        SELECT d.name, d.digest, d.dataset_profile, coalesce(t.value, '')
        FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
        LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'
        WHERE i.source_type = 'DATASET' AND i.destination_id = ? ORDER BY d.name, d.digest""",
}
_MODEL = {
    "logged_model_params": "SELECT param_key, param_value FROM logged_model_params WHERE model_id = ?",
    "logged_model_tags": "SELECT tag_key, tag_value FROM logged_model_tags WHERE model_id = ?",
    "logged_model_metrics": """
        SELECT metric_name, metric_value, metric_step, metric_timestamp_ms, coalesce(dataset_digest, '')
        FROM logged_model_metrics WHERE model_id = ?""",
}


def run_in_database(model: MlModel) -> Run | None:
    """None where there is no such file, or the run is not in it. Raises InvalidModel when it can't be read."""
    path = next((one for parent in model.folder.resolve().parents if (one := parent / "mlflow.db").is_file()), None)
    if path is None or not model.run_id:
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as database:
            return _run(database, model)
    except sqlite3.Error as error:
        raise InvalidModel(f"{path} can't be read: {error}.") from error


def _run(database: sqlite3.Connection, model: MlModel) -> Run | None:
    tables = {str(name) for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def rows(asked: dict[str, str], table: str, key: str) -> Iterator[tuple[Any, ...]]:
        """None from a table that this version of MLflow does not have yet."""
        return iter(database.execute(asked[table], (key,)) if table in tables else ())

    if not list(database.execute("SELECT 1 FROM runs WHERE run_uuid = ?", (model.run_id,))):
        return None
    metrics = rows(_RUN, "latest_metrics", model.run_id), rows(_MODEL, "logged_model_metrics", model.model_id)
    return Run(
        params=dict(rows(_RUN, "params", model.run_id)) | dict(rows(_MODEL, "logged_model_params", model.model_id)),
        metrics=of_model(*(map(_metric, part) for part in metrics)),
        tags=dict(rows(_RUN, "tags", model.run_id)) | dict(rows(_MODEL, "logged_model_tags", model.model_id)),
        datasets=tuple(
            Dataset(name, digest, rows_of(profile), context)
            for name, digest, profile, context in rows(_RUN, "datasets", model.run_id)
        ),
    )


def _metric(row: tuple[Any, ...]) -> Metric:
    name, value, step, at, dataset = row
    return Metric(str(name), float(value), (int(step), int(at)), str(dataset))
