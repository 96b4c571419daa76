"""Does registration find out how the baseline varied over its own time, and how good the model was on it?"""

from io import BytesIO
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from serin.drift.baseline import Baseline
from serin.drift.seasons import Seasons
from serin.errors import InvalidInput, InvalidModel
from serin.registry.extra_columns import seconds_of
from serin.registry.manifest import Manifest
from serin.registry.register import Candidate, check_folder
from tests.unit.registry import folders

ROWS = 20 * 300
START = 1_356_998_400  # 2013-01-01
COLUMNS = '\n[baseline]\ntime = "at"\noutcome = "was"\n'


def _data() -> dict[str, object]:
    """Every third distance is known to have come out 3 more than the model says, which is twice its first column."""
    distance = np.arange(ROWS) % 100 / 1.0
    was = np.where(np.arange(ROWS) % 3 == 0, 2 * distance + 3, np.nan)
    at = pd.to_datetime(START + np.arange(ROWS) * (20 * 86_400 // ROWS), unit="s")
    return {"distance": distance, "delay": np.ones(ROWS), "at": at, "was": was}


def _parquet(columns: dict[str, object]) -> bytes:
    file = BytesIO()
    pd.DataFrame(columns).to_parquet(file, index=False)
    return file.getvalue()


def _folder(path: Path, toml: str = folders.MANIFEST + COLUMNS, **files: bytes | str) -> Candidate:
    scalar = orjson.loads(orjson.dumps(folders.golden()))
    return check_folder(folders.write_folder(path, model_toml=toml, golden_json=orjson.dumps(scalar), **files))


def _documents(candidate: Candidate) -> tuple[Baseline, Seasons]:
    sketch, seasons = (
        candidate.content[f"documents/sha256/{digest}"]
        for digest in (candidate.record.sketch, candidate.record.seasons)
    )
    baseline = Baseline.from_bytes(sketch)
    return baseline, Seasons.from_bytes(seasons, baseline)


def test_days_and_weekdays_become_stretches_that_add_up(tmp_path: Path) -> None:
    """The counts of the days together are the baseline's own, for features and scores."""
    baseline, seasons = _documents(_folder(tmp_path, baseline_parquet=_parquet(_data())))
    assert len(seasons.windows) == 20
    assert {one.label for one in seasons.stretches} >= {"2013-01-01", "2013-01-20", "Mondays"}
    assert seasons.counts is not None
    for key, lines in seasons.counts.items():
        assert np.array_equal(lines[:20].sum(axis=0), baseline.sketches[key].counts)


def test_the_form_of_a_time_does_not_matter(tmp_path: Path) -> None:
    """Timestamps, ISO text and milliseconds give the same document."""
    data = _data()
    at = pd.DatetimeIndex(data["at"])  # type: ignore[arg-type]
    seconds = (at - pd.Timestamp(0)) // pd.Timedelta("1ms")
    forms = {"text": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "number": seconds, "stamp": at}
    found = {
        _folder(tmp_path / name, baseline_parquet=_parquet({**data, "at": values})).record.seasons
        for name, values in forms.items()
    }
    assert len(found) == 1
    frame = pd.DataFrame({**data, "at": forms["text"]})
    assert _folder(tmp_path / "csv", baseline_csv=frame.to_csv(index=False)).record.seasons in found


def test_without_the_two_lines_nothing_changes(tmp_path: Path) -> None:
    """The digest of a version is that of its content: the documents made from it are no part of it."""
    data = _parquet(_data())
    one = _folder(tmp_path / "with", baseline_parquet=data)
    other = _folder(tmp_path / "without", folders.MANIFEST, baseline_parquet=data)
    assert other.record.seasons is None
    assert one.record.sketch == other.record.sketch
    assert Manifest.from_toml(folders.MANIFEST.encode()).document.keys() == {
        "schema", "task", "description", "features", "seed", "training", "preprocessing", "hyperparameters", "data",
        "serving",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('\n[baseline]\nwhen = "at"\n', r"\[baseline\] has an unknown field 'when'"),
        ("\n[baseline]\ntime = 3\n", r"\[baseline\] time is missing or no text"),
        ('\n[baseline]\ntime = "never"\n', "no column 'never', which model.toml's"),
    ],
)
def test_what_can_not_be_is_refused(tmp_path: Path, toml: str, said: str) -> None:
    """Field and column are named."""
    with pytest.raises(InvalidModel, match=said):
        _folder(tmp_path, folders.MANIFEST + toml, baseline_parquet=_parquet(_data()))


def test_a_time_that_is_none_is_refused() -> None:
    """With the ways to write one."""
    assert np.isnan(seconds_of(np.array([None, "2013-01-01"], object), "at")).tolist() == [True, False]
    with pytest.raises(InvalidModel, match="use timestamps, ISO 8601 text"):
        seconds_of(np.array(["yesterday"], object), "at")


def test_seasons_of_another_baseline_are_refused(tmp_path: Path) -> None:
    """And so are bytes that are none."""
    candidate = _folder(tmp_path, baseline_parquet=_parquet(_data()))
    baseline, seasons = _documents(candidate)
    other = Baseline.of({"distance": np.arange(3.0)})
    with pytest.raises(InvalidInput, match="of the baseline"):
        Seasons.from_bytes(seasons.to_bytes(), other)
    with pytest.raises(InvalidInput, match="not a baseline's seasons"):
        Seasons.from_bytes(b"nothing", baseline)
