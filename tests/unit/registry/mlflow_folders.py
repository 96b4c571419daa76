"""Models as MLflow 2.22 and 3.17 write them: files, names and fields are those of what mlflow.onnx.log_model made."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import onnx
import yaml

from tests.unit.registry import folders

EXPERIMENT, RUN, MODEL = "628216245320414209", "0ed06767a67c4c1ea06f90e22432267b", "m-5f858d7a67a24c18ae44aa0386287c49"
TRAIN, TEST = "d0963ae195556d0d4724b67095ef9cb1", "61310b8fab1100bce25d1df8cada0560"
COMMIT = "4c3e94b7449af19aab338a696383fb8abac7c233"
PARAMS = {"C": "0.5", "random_state": "7", "solver": "lbfgs", "fit_intercept": "True", "penalty": "None"}
TAGS = {
    "mlflow.user": "root", "mlflow.source.name": "train.py", "mlflow.source.type": "LOCAL",
    "mlflow.source.git.commit": COMMIT,
}  # fmt: skip
COLUMNS = [
    {"type": "float", "name": "distance", "required": True},
    {"type": "double", "name": "delay", "required": False},
]
FRAME = {"columns": ["distance", "delay"], "data": [[1.5, 4.0], [2.5, None], [3.0, -1.0]]}
FRAME_INFO = {
    "artifact_path": "input_example.json", "pandas_orient": "split",
    "serving_input_path": "serving_input_example.json", "type": "dataframe",
}  # fmt: skip
ARRAY_INFO = {
    "artifact_path": "input_example.json", "serving_input_path": "serving_input_example.json", "type": "ndarray",
}  # fmt: skip
REQUIREMENTS = (
    "mlflow==3.17.2\nnumpy==2.4.6\nonnx==1.23.2\nonnxruntime[extra]==1.32.0 ; python_version > '3'\n-r more.txt"
)


def artifacts(
    folder: Path, artifact: bytes | None = None, *, inputs: Any = COLUMNS, example: Any = FRAME,
    info: Mapping[str, str] = FRAME_INFO, external: bool = False, **fields: Any,
) -> Path:  # fmt: skip
    """What log_model and save_model write: MLmodel, the model, and what belongs to it. None leaves a part out."""
    folder.mkdir(parents=True, exist_ok=True)
    model = onnx.load_model_from_string(artifact or folders.doubler())
    onnx.save_model(
        model, folder / "model.onnx", save_as_external_data=external, location="663c2aa2.data", size_threshold=0
    )
    document: dict[str, Any] = {
        "flavors": {
            "onnx": {"code": None, "data": "model.onnx", "onnx_session_options": None, "onnx_version": "1.23.2",
                     "providers": ["CUDAExecutionProvider", "CPUExecutionProvider"]},
            "python_function": {"data": "model.onnx", "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
                                "loader_module": "mlflow.onnx", "python_version": "3.11.7"},
        },
        "mlflow_version": "3.17.2",
        "model_size_bytes": 1224,
        "utc_time_created": "2026-11-25 03:07:54.970307",
    }  # fmt: skip
    if inputs is not None:
        outputs = json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}])
        document["signature"] = {"inputs": json.dumps(inputs), "outputs": outputs, "params": None}
    if example is not None:
        document["saved_input_example_info"] = dict(info)
        (folder / "input_example.json").write_text(json.dumps(example))
    (folder / "MLmodel").write_text(yaml.safe_dump(document | fields))
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    (folder / "conda.yaml").write_text("name: mlflow-env\n")
    return folder


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _meta(folder: Path, **fields: Any) -> None:
    _write(folder, {"meta.yaml": yaml.safe_dump(fields)})


def _run(experiment: Path) -> None:
    run = experiment / RUN
    _meta(experiment, experiment_id=EXPERIMENT, lifecycle_stage="active", name="flights")
    _meta(run, run_id=RUN, run_name="matrix", lifecycle_stage="active", status=3)
    _write(run / "params", PARAMS)
    _write(run / "tags", TAGS)
    _write(run / "metrics", {"auc": "1795576106217 0.9 0\n1795576106217 0.91 2\n", "val/loss": "1795576106218 nan 0\n"})
    for name, digest, rows, context in ((TRAIN, "5319c273", 200, "training"), (TEST, "4e606d60", 150, "testing")):
        tags = {"mlflow.data.context": context}
        profile = json.dumps({"num_rows": rows, "num_elements": 4 * rows})
        _meta(run / "inputs" / f"in-{context}", source_id=name, source_type="DATASET", destination_id=RUN, tags=tags)
        _meta(experiment / "datasets" / name, digest=digest, name=context, profile=profile, source_type="code")


def mlflow_2(root: Path, **more: Any) -> Path:
    """mlruns/<experiment>/<run>/artifacts/<name>, with the run in files around it."""
    experiment = root / "mlruns" / EXPERIMENT
    _run(experiment)
    return artifacts(experiment / RUN / "artifacts" / "model", artifact_path="model", run_id=RUN, **more)


def mlflow_3(root: Path, **more: Any) -> Path:
    """mlruns/<experiment>/models/<id>/artifacts, with run and logged model in files."""
    experiment = root / "mlruns" / EXPERIMENT
    _run(experiment)
    model = experiment / "models" / MODEL
    _meta(model, model_id=MODEL, name="model", source_run_id=RUN, status=2)
    _write(model / "params", PARAMS)
    _write(model / "tags", {"mlflow.source.git.dirty": "True"})
    _write(model / "metrics", {
        "auc": f"1795576106217 0.9 0 {RUN}\n", "log_loss": f"1795576106218 0.3 0 {RUN} testing 4e606d60\n",
    })  # fmt: skip
    return artifacts(model / "artifacts", run_id=RUN, model_id=MODEL, **more)


def mlflow_3_in_database(root: Path, **more: Any) -> Path:
    """The same with run and logged model in mlflow.db, as MLflow 3 does unless told otherwise."""
    with closing(sqlite3.connect(root / "mlflow.db")) as database:
        database.executescript(_TABLES)
        database.execute("INSERT INTO runs VALUES (?, 'matrix')", (RUN,))
        database.executemany("INSERT INTO params VALUES (?, ?, ?)", [(*one, RUN) for one in PARAMS.items()])
        database.executemany("INSERT INTO tags VALUES (?, ?, ?)", [(*one, RUN) for one in TAGS.items()])
        database.executemany(
            "INSERT INTO latest_metrics VALUES (?, ?, 1795576106217, 2, ?, ?)",
            [("auc", 0.91, 0, RUN), ("log_loss", 0.3, 0, RUN), ("val/loss", 0, 1, RUN)],
        )
        for name, digest, rows, context in ((TRAIN, "5319c273", 200, "training"), (TEST, "4e606d60", 150, "testing")):
            profile = json.dumps({"num_rows": rows})
            database.execute("INSERT INTO datasets VALUES (?, 1, ?, ?, ?)", (name, context, digest, profile))
            database.execute("INSERT INTO inputs VALUES (?, 'DATASET', ?, 'RUN', ?)", (f"in-{context}", name, RUN))
            database.execute("INSERT INTO input_tags VALUES (?, 'mlflow.data.context', ?)", (f"in-{context}", context))
        database.execute("INSERT INTO logged_model_tags VALUES (?, 1, 'mlflow.source.git.dirty', 'True')", (MODEL,))
        database.executemany(
            "INSERT INTO logged_model_metrics VALUES (?, ?, 1795576106217, 0, ?, 1, ?, NULL, ?, ?)",
            [(MODEL, "auc", 0.9, RUN, None, None), (MODEL, "log_loss", 0.3, RUN, "testing", "4e606d60")],
        )
        database.commit()
    folder = root / "mlruns" / "1" / "models" / MODEL / "artifacts"
    return artifacts(folder, run_id=RUN, model_id=MODEL, **more)


_TABLES = """
CREATE TABLE runs (run_uuid, name);
CREATE TABLE params (key, value, run_uuid);
CREATE TABLE tags (key, value, run_uuid);
CREATE TABLE latest_metrics (key, value, timestamp, step, is_nan, run_uuid);
CREATE TABLE datasets (dataset_uuid, experiment_id, name, digest, dataset_profile);
CREATE TABLE inputs (input_uuid, source_type, source_id, destination_type, destination_id);
CREATE TABLE input_tags (input_uuid, name, value);
CREATE TABLE logged_model_tags (model_id, experiment_id, tag_key, tag_value);
CREATE TABLE logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,
    experiment_id, run_id, dataset_uuid, dataset_name, dataset_digest);
"""
