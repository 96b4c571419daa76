"""Is an MLflow model read as it is: what it says kept, what it does not say admitted, and nothing run but the graph?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import orjson
import pytest

from serin.errors import InvalidModel
from serin.registry.folder import Limits, ModelFolder
from serin.registry.manifest import Manifest
from serin.registry.mlflow.examples import NOTE
from serin.registry.mlflow.folder import read_mlflow
from serin.registry.register import check_files
from tests.unit.registry import folders, mlflow_folders

_COMMITTED = b'[training]\ncommit = "0123abc"\n'


def _read(
    folder: Path, tmp_path: Path, more: bytes = b"", limits: Limits | None = None, **options: Path
) -> ModelFolder:
    """With a commit on top, where `more` says something."""
    if more:
        (tmp_path / "more.toml").write_bytes(more)
        options["manifest"] = tmp_path / "more.toml"
    return read_mlflow(folder, limits or Limits(), **options)


def _document(files: ModelFolder) -> dict[str, Any]:
    return Manifest.from_toml(files.manifest).document


def _evidence(files: ModelFolder) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(files.evidence or b"{}")["evaluations"]
    return found


@pytest.mark.parametrize(
    "write", [mlflow_folders.mlflow_2, mlflow_folders.mlflow_3, mlflow_folders.mlflow_3_in_database]
)
def test_what_the_run_logged_is_in_the_manifest(write: Callable[[Path], Path], tmp_path: Path) -> None:
    """In both layouts of files, and with a database beside them; and the folder passes every check of registration."""
    files = read_mlflow(write(tmp_path), Limits())
    document = _document(files)
    assert document["hyperparameters"] == {
        "C": 0.5, "random_state": 7, "solver": "lbfgs", "fit_intercept": True, "penalty": "None",
    }  # fmt: skip
    assert (document["task"], document["seed"]) == ("regression", 7)
    assert document["training"].items() >= {"commit": mlflow_folders.COMMIT, "source": "train.py"}.items()
    assert document["training"]["mlflow_run"] == mlflow_folders.RUN
    assert document["data"] == {"sha256": "mlflow:5319c273", "name": "training", "rows": 200}
    assert document["libraries"]["onnxruntime"] == "1.32.0"
    assert document["libraries"].keys() == {"python", "mlflow", "numpy", "onnx", "onnxruntime"}
    assert [(one["name"], one["type"], one["nullable"]) for one in document["features"]] == [
        ("distance", "float", False), ("delay", "float", True),
    ]  # fmt: skip
    assert files.warnings == (NOTE,)
    assert check_files(files).record.task == "regression"


def test_the_models_own_metrics_count_and_have_their_sample_size(tmp_path: Path) -> None:
    """In MLflow 2 only the run has any, the last of each; NaN is none."""
    assert _evidence(read_mlflow(mlflow_folders.mlflow_2(tmp_path / "2"), Limits())) == [
        {"metric": "auc", "value": 0.91}
    ]
    loss = {"metric": "log_loss", "value": 0.3, "data": "testing", "sample_size": 150}
    for write in (mlflow_folders.mlflow_3, mlflow_folders.mlflow_3_in_database):
        (tmp_path / write.__name__).mkdir()
        files = read_mlflow(write(tmp_path / write.__name__), Limits())
        assert _evidence(files) == [{"metric": "auc", "value": 0.9}, loss]
        assert _document(files)["training"]["dirty"] is True


def test_golden_examples_are_the_models_answers_and_say_so(tmp_path: Path) -> None:
    """One for each row of the example; a value that is missing stays so."""
    golden = orjson.loads(read_mlflow(mlflow_folders.mlflow_2(tmp_path), Limits()).golden)
    assert golden["note"] == NOTE
    assert [one["outputs"][0]["data"] for one in golden["examples"]] == [[3.0, 8.0], [5.0, None], [6.0, -2.0]]
    assert golden["examples"][1]["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [2.5, None]}]


def test_a_lone_folder_admits_what_it_does_not_know(tmp_path: Path) -> None:
    """The commit must come from elsewhere; the data's hash is called unrecorded."""
    folder = mlflow_folders.artifacts(tmp_path / "model")
    with pytest.raises(InvalidModel, match=r"\[training\] commit is missing.*--code DIR"):
        check_files(_read(folder, tmp_path))
    files = _read(folder, tmp_path, _COMMITTED)
    assert (_document(files)["data"], files.evidence) == ({"sha256": "unrecorded"}, None)
    assert [warning.split(":")[0] for warning in files.warnings[:2]] == [
        "No metadata of the MLflow run was found around the folder", "The run logged no data set",
    ]  # fmt: skip


def test_a_manifest_goes_over_what_mlflow_says(tmp_path: Path) -> None:
    """Field by field within a table; features as a whole."""
    more = """
    task = "classification"
    features = [{name = "a", type = "float"}, {name = "b", type = "float"}]
    [data]
    sha256 = "ffee"
    [card]
    limitations = "Small."
    """
    files = _read(mlflow_folders.mlflow_2(tmp_path, inputs=None, example=[[1.0, 2.0]], info=mlflow_folders.ARRAY_INFO),
                  tmp_path, more.encode())  # fmt: skip
    document = _document(files)
    assert (document["task"], document["card"]) == ("classification", {"limitations": "Small."})
    assert document["data"] == {"sha256": "ffee", "name": "training", "rows": 200}
    assert [one["name"] for one in document["features"]] == ["a", "b"]


def test_tensors_without_column_names_are_named_after_their_input(tmp_path: Path) -> None:
    """With the tensor signature that MLflow infers from an array."""
    spec = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]
    folder = mlflow_folders.mlflow_2(tmp_path, inputs=spec, example=[[1.5, 2.0]], info=mlflow_folders.ARRAY_INFO)
    files = read_mlflow(folder, Limits())
    assert [one["name"] for one in _document(files)["features"]] == ["x_0", "x_1"]
    assert orjson.loads(files.golden)["examples"][0]["outputs"][0]["data"] == [3.0, 4.0]
    assert check_files(files).record.artifact


def test_a_model_with_an_input_for_each_column(tmp_path: Path) -> None:
    """Strings too."""
    inputs = [{"type": "float", "name": "distance", "required": True}, {"type": "string", "name": "carrier"}]
    example = {"columns": ["carrier", "distance"], "data": [["UA", 1.5]]}
    files = read_mlflow(
        mlflow_folders.mlflow_2(tmp_path, artifact=folders.two_inputs(), inputs=inputs, example=example), Limits()
    )
    (one,) = orjson.loads(files.golden)["examples"]
    assert [(output["name"], output["data"]) for output in one["outputs"]] == [("d", [1.5]), ("c", ["UA"])]
    assert check_files(files).record.artifact


def test_weights_beside_the_model_are_put_inside(tmp_path: Path) -> None:
    """As mlflow.onnx.save_model writes large ones; the result is the model that was logged."""
    folder = mlflow_folders.mlflow_2(tmp_path, external=True)
    assert (folder / "663c2aa2.data").stat().st_size == 4
    files = read_mlflow(folder, Limits())
    (factor,) = onnx.load_model_from_string(files.artifact).graph.initializer
    assert (onnx.numpy_helper.to_array(factor), len(factor.external_data)) == (2.0, 0)
    assert check_files(files).record.artifact_bytes == len(files.artifact)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"location": "../663c2aa2.data"}, "'../663c2aa2.data', which is no file in its folder"),
        ({"location": "/etc/passwd"}, "'/etc/passwd', which is no file"),
        ({"location": "link.data"}, "'link.data', which is no file"),
        ({"location": "sub"}, "'sub', which is no file"),
        ({}, "'', which is no file"),
        ({"location": "663c2aa2.data", "offset": "2", "length": "4"}, "'factor' beyond the end"),
        ({"location": "663c2aa2.data", "offset": "-4"}, "'factor' beyond the end"),
        ({"location": "663c2aa2.data", "length": "all"}, "'factor' beyond the end"),
    ],
)
def test_weights_elsewhere_are_never_read(entries: dict[str, str], said: str, tmp_path: Path) -> None:
    """No other folder, no link, no piece that is not there."""
    folder = mlflow_folders.mlflow_2(tmp_path, external=True)
    (folder / "link.data").symlink_to(folder / "663c2aa2.data")
    (folder / "sub").mkdir()
    model = onnx.load(folder / "model.onnx", load_external_data=False)
    tensor = model.graph.initializer[0]
    del tensor.external_data[:]
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(InvalidModel, match=said):
        read_mlflow(folder, Limits())


def test_weights_count_for_the_limit(tmp_path: Path) -> None:
    """However small the model itself is."""
    folder = mlflow_folders.mlflow_2(tmp_path, external=True)
    size = (folder / "model.onnx").stat().st_size
    with pytest.raises(InvalidModel, match="with its weights is over the limit"):
        read_mlflow(folder, Limits(artifact=size + 3))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"flavors": {"sklearn": {}, "python_function": {}}}, "flavours python_function, sklearn, not onnx.*pickle"),
        ({"flavors": {"onnx": {"data": "../model.onnx"}}}, "only files in the model's own folder"),
        ({"flavors": {"onnx": {"data": "gone.onnx"}}}, "gone.onnx can't be read: No such file"),
        ({"run_id": "../../.."}, "run_id '../../..', which is none"),
        ({"signature": {"inputs": "{"}}, "signature that can't be read"),
        ({"saved_input_example_info": {"artifact_path": "../x"}}, "only files in the model's own folder"),
        ({"saved_input_example_info": {"artifact_path": "gone.json"}}, "input example can't be put to the model"),
    ],
)
def test_what_can_not_be_served_is_refused(fields: dict[str, Any], said: str, tmp_path: Path) -> None:
    """With a sentence; no traceback, and nothing outside the folder is looked at."""
    with pytest.raises(InvalidModel, match=said):
        read_mlflow(mlflow_folders.artifacts(tmp_path, **fields), Limits())


def test_a_folder_that_is_none_names_those_below_it(tmp_path: Path) -> None:
    """So that one finds the right one in mlruns."""
    folder = mlflow_folders.mlflow_2(tmp_path)
    with pytest.raises(InvalidModel, match=f"holds no MLmodel file.*Is it {folder}"):
        read_mlflow(tmp_path, Limits())
    with pytest.raises(InvalidModel, match="holds no MLmodel file"):
        read_mlflow(tmp_path / "nowhere", Limits())


def test_without_an_example_the_way_out_is_named(tmp_path: Path) -> None:
    """And works: golden examples of one's own."""
    folder = mlflow_folders.mlflow_2(tmp_path, example=None)
    with pytest.raises(InvalidModel, match="input_example=…, or give --golden FILE"):
        read_mlflow(folder, Limits())
    (tmp_path / "golden.json").write_bytes(orjson.dumps(folders.golden()))
    files = _read(folder, tmp_path, golden=tmp_path / "golden.json")
    assert (files.warnings, check_files(files).record.number) == ((), 0)


@pytest.mark.parametrize(
    ("inputs", "example", "said"),
    [
        (mlflow_folders.COLUMNS, {"columns": ["distance"], "data": [[1]]}, "can't be put to the model.*'delay'"),
        (
            mlflow_folders.COLUMNS,
            {"columns": ["distance", "delay"], "data": [["far", 1]]},
            "'distance' holds what is no float",
        ),
        (mlflow_folders.COLUMNS, [1, 2], "can't be put to the model"),
        (mlflow_folders.COLUMNS, {"columns": ["distance", "delay"], "data": []}, "can't be put to the model|0 rows"),
        (
            [{"type": "datetime", "name": "when"}, {"type": "float", "name": "b"}],
            mlflow_folders.FRAME,
            "'when' is datetime",
        ),
        ([{"type": "float", "name": "only"}], mlflow_folders.FRAME, "1 features, but the input 'x'"),
    ],
)
def test_examples_and_signatures_that_do_not_fit_are_refused(
    inputs: Any, example: Any, said: str, tmp_path: Path
) -> None:
    """In words, with the column where there is one."""
    with pytest.raises(InvalidModel, match=said):
        read_mlflow(mlflow_folders.mlflow_2(tmp_path, inputs=inputs, example=example), Limits())


def test_a_database_that_is_none_is_refused(tmp_path: Path) -> None:
    """And one that does not know the run is as good as none."""
    folder = mlflow_folders.mlflow_3_in_database(tmp_path)
    (folder / "MLmodel").write_text((folder / "MLmodel").read_text().replace(mlflow_folders.RUN, "f" * 32))
    assert any("No metadata" in warning for warning in read_mlflow(folder, Limits()).warnings)
    (tmp_path / "mlflow.db").write_text("this is no database, however long it may be" * 40)
    with pytest.raises(InvalidModel, match=r"mlflow\.db can't be read"):
        read_mlflow(folder, Limits())


def test_the_same_model_gives_the_same_digest(tmp_path: Path) -> None:
    """Reading it twice is registering it once."""
    folder = mlflow_folders.mlflow_2(tmp_path)
    digests = {check_files(read_mlflow(folder, Limits())).record.digest for _ in range(2)}
    assert len(digests) == 1
    assert json.loads((folder / "input_example.json").read_text()) == mlflow_folders.FRAME
