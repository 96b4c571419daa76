"""What may not be registered, and does the refusal say why and what to do?"""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import onnx
import orjson
import pytest
from onnx import numpy_helper

from serin.errors import InvalidModel
from serin.registry.folder import Limits
from serin.registry.register import check_folder
from tests.unit.registry import folders


def _refused(folder: Path, *words: str, limits: Limits | None = None) -> None:
    with pytest.raises(InvalidModel) as caught:
        check_folder(folder, limits)
    for word in words:
        assert word in str(caught.value)


def test_a_good_folder_passes_and_unknown_files_are_only_warned_about(tmp_path: Path) -> None:
    """A note beside the model is left out, not refused."""
    candidate = check_folder(folders.write_folder(tmp_path, notes_md="hello"))
    assert candidate.warnings == ("notes.md is not part of a model folder and is left out.",)
    assert candidate.record.signature["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}]
    assert {key.partition("/")[0] for key in candidate.content} == {"artifacts", "documents"}


@pytest.mark.parametrize("name", ["model.onnx", "model.toml", "golden.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """The refusal names the file that is missing."""
    (folders.write_folder(tmp_path) / name).unlink()
    _refused(tmp_path, f"{name} is missing")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("model.pkl", b"anything"),
        ("model.joblib", b"anything"),
        ("weights.bin", pickle.dumps({"a": 1})),
        ("model.onnx", pickle.dumps([1, 2, 3])),
    ],
)
def test_pickles_are_refused_by_name_and_by_content(tmp_path: Path, name: str, data: bytes) -> None:
    """A pickle can run code when it is loaded, whatever it is called."""
    (folders.write_folder(tmp_path) / name).write_bytes(data)
    _refused(tmp_path, name, "pickle", "ONNX")


def test_a_zip_that_holds_a_pickle_is_refused(tmp_path: Path) -> None:
    """torch.save writes a zip around a pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", b"x")
    (folders.write_folder(tmp_path) / "weights.bin").write_bytes(buffer.getvalue())
    _refused(tmp_path, "weights.bin", "pickle")


def test_links_are_refused(tmp_path: Path) -> None:
    """A link could point anywhere on the machine that registers."""
    folder = folders.write_folder(tmp_path / "m")
    (folder / "golden.json").rename(tmp_path / "golden.json")
    (folder / "golden.json").symlink_to(tmp_path / "golden.json")
    _refused(folder, "golden.json", "symbolic link")


@pytest.mark.parametrize("location", ["weights.bin", "../../etc/passwd", "/etc/passwd"])
def test_external_data_is_refused_wherever_it_points(tmp_path: Path, location: str) -> None:
    """The artifact must be complete in itself; the sentence says how to embed the weights."""
    model = onnx.load_model_from_string(folders.doubler())
    tensor = numpy_helper.from_array(np.ones(4, np.float32), "big")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    model.graph.initializer.append(tensor)
    _refused(
        folders.write_folder(tmp_path, model_onnx=model.SerializeToString()), location, "save_as_external_data=False"
    )


def test_external_data_hidden_in_a_subgraph_is_found(tmp_path: Path) -> None:
    """The walk follows attributes into subgraphs and functions."""
    model = onnx.load_model_from_string(folders.doubler())
    inner = onnx.GraphProto(name="inner")
    inner.initializer.append(onnx.TensorProto(name="w", data_location=onnx.TensorProto.EXTERNAL))
    model.graph.node[0].attribute.append(onnx.helper.make_attribute("then_branch", inner))
    _refused(folders.write_folder(tmp_path, model_onnx=model.SerializeToString()), "'w'", "another file")


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    """The limit is part of the sentence."""
    _refused(folders.write_folder(tmp_path), "model.onnx is over the limit of 10 bytes", limits=Limits(artifact=10))


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"not a model at all", b"\x08\x09"])
def test_what_is_no_onnx_file_is_refused(tmp_path: Path, data: bytes) -> None:
    """Neither a parser's error nor a crash reaches the caller."""
    _refused(folders.write_folder(tmp_path, model_onnx=data), "model.onnx")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("task", "tsk"), ["unknown field 'tsk'"]),
        (('type = "float"', 'type = "flaot"'), ["features[0].type", "flaot"]),
        (('type = "float"', 'type = "float"\nsensitive = "no"'), ["features[0].sensitive", "drop, hash"]),
        (('commit = "0123abc"', ""), ["[training] commit"]),
        (('sha256 = "ffee"', ""), ["[data] sha256"]),
        (("seed = 7", "seed = true"), ["seed"]),
        (('name = "delay"', 'name = "distance"'), ["'distance' twice"]),
        (("seed = 7", "seed = "), ["model.toml is not TOML", "line 3"]),
        (("[data]", "[serving]\nmax_rows = 0\n[data]"), ["max_rows"]),
    ],
)
def test_a_wrong_manifest_names_its_field(tmp_path: Path, change: tuple[str, str], words: list[str]) -> None:
    """Each refusal says which file and which field."""
    _refused(folders.write_folder(tmp_path, model_toml=folders.MANIFEST.replace(*change)), "model.toml", *words)


def test_the_manifest_must_have_as_many_features_as_the_matrix_has_columns(tmp_path: Path) -> None:
    """Both counts are in the sentence."""
    _refused(folders.write_folder(tmp_path, model_onnx=folders.doubler(columns=3)), "2 features", "3 columns")


def test_features_and_inputs_must_have_the_same_names_and_types(tmp_path: Path) -> None:
    """One input per column: names first, then types."""
    folder = folders.write_folder(tmp_path, model_onnx=folders.two_inputs())
    _refused(folder, "carrier", "delay")
    (folder / "model.toml").write_text(folders.MANIFEST.replace('"delay"', '"carrier"').replace("nullable = true", ""))
    _refused(folder, "'carrier' is float", "BYTES")


@pytest.mark.parametrize("tolerance", [{"rtol": 1}, {"atol": 1e9}, {"rtol": 0.5, "atol": 4}])
def test_a_tolerance_within_which_anything_passes_is_refused(tmp_path: Path, tolerance: dict[str, float]) -> None:
    """Else the gate and the smoke test would pass with a model that answers nothing but zeros."""
    golden = {**folders.golden(), "tolerance": tolerance}
    _refused(folders.write_folder(tmp_path, golden_json=orjson.dumps(golden)), "golden.json", "zeros would pass")


def test_golden_examples_must_come_out_as_stored(tmp_path: Path) -> None:
    """The sentence names example, output, expected and got."""
    folder = folders.write_folder(tmp_path, golden_json=orjson.dumps(folders.golden(3.0)))
    _refused(folder, "golden example 1", "'y'", "3 at position 0", "expected 4.5")


@pytest.mark.parametrize("data", ['{"examples": []}', "{", "[]", '{"examples": [{"inputs": 3}]}'])
def test_golden_examples_that_can_not_be_read_are_refused(tmp_path: Path, data: str) -> None:
    """Broken JSON, no examples and examples of another form are three different refusals, none a crash."""
    _refused(folders.write_folder(tmp_path, golden_json=data), "golden")


def test_a_baseline_needs_a_column_per_feature(tmp_path: Path) -> None:
    """The column that is missing is named."""
    assert check_folder(folders.write_folder(tmp_path, baseline_csv="distance,delay,late\n1,2,0\n")).record.baseline
    _refused(folders.write_folder(tmp_path, baseline_csv="distance\n1\n"), "baseline.csv", "'delay'")
    (tmp_path / "baseline.csv").unlink()
    _refused(folders.write_folder(tmp_path, baseline_parquet=b"PAR1 no"), "baseline.parquet is not a Parquet file")


def test_evidence_must_be_a_json_object(tmp_path: Path) -> None:
    """Its error names the file."""
    _refused(folders.write_folder(tmp_path, evidence_json="{"), "evidence.json is not JSON")


@pytest.mark.parametrize(
    ("written", "kept"), [("12", "12"), ("12.5", "12.5"), ('"12.50"', "12.50"), ("0", "0"), ("1e3", "1000.0")]
)
def test_what_training_cost_is_kept_as_it_was_written(tmp_path: Path, written: str, kept: str) -> None:
    """As a number or as text; a version that says nothing of it has the digest it always had."""
    plain = check_folder(folders.write_folder(tmp_path / "plain"))
    manifest = folders.MANIFEST.replace("[training]", f"[training]\ncost_usd = {written}")
    found = check_folder(folders.write_folder(tmp_path / "paid", model_toml=manifest))
    assert (plain.record.training_usd, found.record.training_usd) == (None, kept)
    assert found.record.digest != plain.record.digest


@pytest.mark.parametrize("written", ["-1", '"much"', "true", "nan", "inf", "[1]", "1e12"])
def test_a_price_of_training_that_is_none_is_refused(tmp_path: Path, written: str) -> None:
    """With the field's name, and how it is written."""
    manifest = folders.MANIFEST.replace("[training]", f"[training]\ncost_usd = {written}")
    _refused(folders.write_folder(tmp_path, model_toml=manifest), "[training] cost_usd", '"12.50"')
