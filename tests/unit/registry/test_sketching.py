"""Is the baseline looked at when a version is registered, in the types that the model reads?"""

from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from serin.drift.baseline import Baseline
from serin.drift.window import WindowSketch
from serin.errors import InvalidModel
from serin.registry.records import VersionRecord
from serin.registry.register import Candidate, check_folder, register_folder
from serin.stats.numeric_sketch import NumericSketch
from tests.unit.registry import folders
from tests.unit.registry.conftest import Cloud

CSV = "distance,delay,late\n" + "".join(f"{n},{n / 10 if n % 5 else ''},0\n" for n in range(300))
TWO_INPUTS = """
task = "classification"
features = [{name = "distance", type = "float"}, {name = "carrier", type = "string"}]
training = {commit = "0123abc"}
data = {sha256 = "ffee"}
"""
GOLDEN_OF_TWO = {
    "examples": [
        {
            "inputs": [
                {"name": "distance", "datatype": "FP32", "shape": [1, 1], "data": [1.0]},
                {"name": "carrier", "datatype": "BYTES", "shape": [1, 1], "data": ["UA"]},
            ],
            "outputs": [{"name": "c", "datatype": "BYTES", "shape": [1, 1], "data": ["UA"]}],
        }
    ]
}


def _parquet(**columns: object) -> bytes:
    file = BytesIO()
    pd.DataFrame(columns).to_parquet(file, index=False)
    return file.getvalue()


def _of_two(path: Path, **files: bytes | str) -> Path:
    golden = orjson.dumps(GOLDEN_OF_TWO)
    return folders.write_folder(
        path, model_onnx=folders.two_inputs(), model_toml=TWO_INPUTS, golden_json=golden, **files
    )


def _sketch(candidate: Candidate) -> Baseline:
    return Baseline.from_bytes(candidate.content[f"documents/sha256/{candidate.record.sketch}"])


def test_features_and_scores_are_sketched(tmp_path: Path) -> None:
    """Columns of the matrix by their features' names, what is missing, and both columns of the model's output."""
    candidate = check_folder(folders.write_folder(tmp_path, baseline_csv=CSV))
    baseline = _sketch(candidate)
    assert (candidate.warnings, baseline.digest, baseline.rows) == ((), candidate.record.sketch, 300)
    assert list(baseline.series) == ["feature:distance", "feature:delay", "score:y[0]", "score:y[1]"]
    assert (baseline.series["feature:delay"].tensor, baseline.series["feature:delay"].column) == ("x", 1)
    delay, score = baseline.sketches["feature:delay"], baseline.sketches["score:y[0]"]
    assert isinstance(delay, NumericSketch)
    assert isinstance(score, NumericSketch)
    assert (delay.rows, delay.null) == (300, 60)
    assert score.mean == pytest.approx(2 * 149.5, rel=1e-3)


def test_parquet_gives_the_same_as_csv(tmp_path: Path) -> None:
    """Whatever the file, the values are the same."""
    frame = pd.read_csv(BytesIO(CSV.encode()))
    columns = {str(name): values for name, values in frame.items()}
    one = check_folder(folders.write_folder(tmp_path / "csv", baseline_csv=CSV))
    other = check_folder(folders.write_folder(tmp_path / "parquet", baseline_parquet=_parquet(**columns)))
    assert one.record.sketch == other.record.sketch
    assert one.record.digest != other.record.digest


def test_values_are_those_of_the_models_precision(tmp_path: Path) -> None:
    """0.1 of a request is another number than 0.1 of the file: the atom must be the request's."""
    baseline = _sketch(check_folder(folders.write_folder(tmp_path, baseline_csv="distance,delay\n0.1,1\n0.1,2\n")))
    window = WindowSketch.of(baseline, "w", 1)
    window.observe({"x": np.array([[0.1, 1.0]], np.float32)}, {}, 1, 0.0)
    window.settle()
    seen = window.sketches["feature:distance"]
    assert isinstance(seen, NumericSketch)
    assert (seen.below, seen.above) == (0, 0)


def test_strings_are_categories_and_stay_strings(tmp_path: Path) -> None:
    """A carrier called 007 is no number; string outputs are categories too."""
    baseline = _sketch(check_folder(_of_two(tmp_path, baseline_csv="carrier,distance\n007,1\nUA,2\nUA,3\n")))
    assert list(baseline.series) == ["feature:distance", "feature:carrier", "score:d", "score:c"]
    assert baseline.series["feature:carrier"].to_dict()["bins"]["top"] == ["UA", "007"]
    assert baseline.sketches["score:c"].to_dict() == {"counts": [2, 1, 0, 0, 0]}


def test_a_model_that_can_not_run_on_it_leaves_the_scores_out(tmp_path: Path) -> None:
    """With a warning: the inputs are watched all the same."""
    data = _parquet(distance=[1.0, 2.0], carrier=["UA", None])
    candidate = check_folder(_of_two(tmp_path, baseline_parquet=data))
    assert len(candidate.warnings) == 1
    assert "The model can't run on baseline.parquet" in candidate.warnings[0]
    assert list(_sketch(candidate).series) == ["feature:distance", "feature:carrier"]


def test_a_baseline_without_rows_is_warned_about(tmp_path: Path) -> None:
    """And without a baseline there is nothing to say."""
    candidate = check_folder(folders.write_folder(tmp_path / "a", baseline_csv="distance,delay\n"))
    assert candidate.record.sketch is None
    assert "baseline.csv has no rows" in candidate.warnings[0]
    assert check_folder(folders.write_folder(tmp_path / "b")).record.sketch is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("distance,delay\nfar,1\n", "column 'distance' holds what is no float"),
        ("distance,delay\n2026-01-01,1\n", "column 'distance' holds what is no float"),
        ("distance,delay\n1\n", "can't be read"),
    ],
)
def test_values_of_another_type_are_refused(tmp_path: Path, data: str, said: str) -> None:
    """The column is named."""
    with pytest.raises(InvalidModel, match=said):
        check_folder(folders.write_folder(tmp_path, baseline_csv=data))


def test_the_digest_does_not_depend_on_the_sketch(cloud: Cloud, tmp_path: Path) -> None:
    """What was registered before there were sketches keeps its number, and its record can be read."""
    folder = folders.write_folder(tmp_path, baseline_csv=CSV)
    ports = {"artifacts": cloud.bucket, "versions": cloud.versions}
    done = register_folder(folder, "churn", actor="me", **ports)  # type: ignore[arg-type]
    stored = cloud.bucket.read(f"documents/sha256/{done.record.sketch}")
    assert Baseline.from_bytes(stored).digest == done.record.sketch
    old = {name: value for name, value in asdict(done.record).items() if name != "sketch"}
    assert VersionRecord.from_dict(old).sketch is None
    key = {"PK": {"S": "MODEL#churn"}, "SK": {"S": "VERSION#000001"}}
    cloud.dynamodb.update_item(TableName="t", Key=key, UpdateExpression="REMOVE sketch")
    again = register_folder(folder, "churn", actor="me", **ports)  # type: ignore[arg-type]
    assert (again.created, again.record.number, again.record.sketch) == (False, 1, None)
    assert again.record.digest == done.record.digest


def test_the_model_runs_on_20_000_rows_at_most(tmp_path: Path) -> None:
    """Spread over the data; the features are sketched over all."""
    rows = 30_000
    data = _parquet(distance=np.arange(rows, dtype=float), delay=np.ones(rows))
    baseline = _sketch(check_folder(folders.write_folder(tmp_path, baseline_parquet=data)))
    score = baseline.sketches["score:y[0]"]
    assert isinstance(score, NumericSketch)
    assert (baseline.sketches["feature:distance"].rows, score.rows) == (rows, 20_000)
    assert score.mean == pytest.approx(rows, rel=1e-3)
