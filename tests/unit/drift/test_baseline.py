"""A baseline says what is watched, and what it looked like itself."""

import numpy as np
import orjson
import pytest

from serin.drift.baseline import Baseline
from serin.errors import InvalidInput
from serin.stats.kolmogorov_smirnov import kolmogorov_smirnov
from tests.unit.drift.data import by_inputs, by_matrix


def test_the_columns_of_a_matrix_are_features():
    """One series each, by the feature's name; every class of the scores; and how sure the model was."""
    baseline = by_matrix()
    places = {key: (series.tensor, series.column) for key, series in baseline.series.items()}
    assert places == {
        "feature:delay": ("x", 0), "feature:hour": ("x", 1), "feature:distance": ("x", 2),
        "score:p[0]": ("p", 0), "score:p[1]": ("p", 1), "confidence": ("p", None),
    }  # fmt: skip
    assert {sketch.rows for sketch in baseline.sketches.values()} == {baseline.rows} == {500}
    assert baseline.series["feature:hour"].bins.atoms == tuple(range(24))
    assert baseline.sketches["feature:distance"].null > 0
    assert baseline.sketches["confidence"].mean > 0.5


def test_inputs_of_their_own_are_numbers_categories_or_figures_of_a_row():
    """A string is counted by category; of an image, norm, mean, spread and eight projections."""
    keys = by_inputs().series.keys()
    assert {"feature:delay", "feature:carrier", "score:y", "feature:image.norm", "feature:image.projection8"} <= keys
    assert len(keys) == 3 + 11
    assert by_inputs().sketches["feature:carrier"].of("AA") > 0


def test_a_short_vector_is_watched_value_by_value():
    """Up to 32 values a row."""
    baseline = Baseline.of({"v": np.arange(12.0).reshape(4, 3)})
    assert list(baseline.series) == ["feature:v[0]", "feature:v[1]", "feature:v[2]"]


@pytest.mark.parametrize("make", [by_matrix, by_inputs])
def test_it_comes_back_from_its_bytes(make):
    """With the same digest, by which windows are told from others'."""
    baseline = make()
    again = Baseline.from_bytes(baseline.to_bytes())
    assert again == baseline
    assert again.digest == baseline.digest


def test_twenty_features_take_under_100_kilobytes():
    """Of single precision, whose values are the longest to write."""
    rng = np.random.default_rng(1)
    columns = {f"a_feature_with_a_name_{n}": rng.lognormal(size=20_000).astype(np.float32) for n in range(20)}
    layout = {name: ("x", place) for place, name in enumerate(columns)}
    assert len(Baseline.of(columns, layout=layout).to_bytes()) < 100_000


def test_it_is_no_distance_from_itself():
    """What is compared with a window later is the same sketch."""
    sketch = by_matrix().sketches["feature:delay"]
    assert kolmogorov_smirnov(sketch, sketch) == 0


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: d.pop("rows"), "rows"),
        (lambda d: d.update(schema=2), "its form 2 is not 1"),
        (lambda d: d["series"]["feature:delay"].update(kind="colour"), "colour"),
        (lambda d: d["series"]["feature:delay"]["sketch"].update(counts=[1]), "whole numbers"),
        (lambda d: d.update(series=3), "items"),
    ],
)
def test_what_is_no_baseline_is_refused(spoil, said):
    """In words, as the caller's fault."""
    document = orjson.loads(by_matrix().to_bytes())
    spoil(document)
    with pytest.raises(InvalidInput, match=said):
        Baseline.from_dict(document)
    with pytest.raises(InvalidInput, match="not a baseline's sketch"):
        Baseline.from_bytes(b"{")


def test_columns_must_have_rows_and_as_many_each():
    """An empty baseline has no bins."""
    for columns in ({}, {"a": np.zeros(0)}, {"a": np.zeros(2), "b": np.zeros(3)}):
        with pytest.raises(ValueError, match="at least one row"):
            Baseline.of(columns)
