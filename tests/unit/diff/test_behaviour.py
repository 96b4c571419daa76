"""How many predictions flip, how far they move, and where: counted by hand beside it."""

import numpy as np
import pytest

from serin.diff.behaviour import Behaviour, Rows, behave
from serin.diff.rows import captured_rows, golden_rows
from serin.diff.slices import slices_of
from serin.diff.version import Version
from serin.errors import BadRequest
from serin.evidence.data import Data
from tests.unit.diff.models import linear, version

NAMES = ["a", "b", "group"]
RNG = np.random.default_rng(5)
COLUMNS = {"a": RNG.normal(size=4000), "b": RNG.normal(size=4000), "group": RNG.integers(0, 4, 4000).astype(float)}


def _classifier(number: int, weights: list[float]) -> Version:
    return version(number, linear(weights, threshold=True), NAMES, "classification")


def _regression(number: int, weights: list[float]) -> Version:
    return version(number, linear(weights), NAMES, "regression")


def _on(one: Version, two: Version, columns: dict[str, np.ndarray] | None = None, **words: float) -> Behaviour:
    columns = columns or COLUMNS
    data = Data("rows.csv", "", len(columns["a"]), columns, {})
    return behave(one, two, Rows("rows.csv", data, data), **words)


def test_flips_of_a_classifier_are_those_that_cross_one_half() -> None:
    """With the share's interval, the way they went, and how far scores moved."""
    found = _on(_classifier(1, [1, 1, 0]), _classifier(2, [1, 1, 0.2]))
    sums = np.float32(COLUMNS["a"] + COLUMNS["b"])
    was, now = sums >= 0, sums + 0.2 * COLUMNS["group"] >= 0
    assert (found.flips.bad, found.flips.total) == (int((was != now).sum()), 4000)
    assert found.turns == (("False", "True", found.flips.bad),)
    assert found.interval is not None
    assert found.interval.low < found.flips.bad / 4000 < found.interval.high
    gaps = 1 / (1 + np.exp(-(sums + 0.2 * COLUMNS["group"]))) - 1 / (1 + np.exp(-sums))
    assert found.mean == pytest.approx(gaps.mean(), abs=1e-6)
    assert (found.mean_absolute, found.largest) == (
        pytest.approx(gaps.mean(), abs=1e-6),
        pytest.approx(gaps.max(), abs=1e-6),
    )


def test_the_worst_slice_is_named_where_it_stands_out() -> None:
    """All flips are where group is 3: that slice is first. Where flips are everywhere, none stands out."""
    columns = {**COLUMNS, "group": np.where(COLUMNS["group"] == 3, 1.0, 0.0)}
    found = _on(_classifier(1, [1, 1, 0]), _classifier(2, [1, 1, 0.5]), columns)
    assert found.stands_out is not None
    assert found.stands_out.name == "group=1"
    assert found.stands_out.counts.bad == found.flips.bad
    flips = RNG.random(4000) < 0.05
    level = slices_of(COLUMNS, (), flips, 0.05)
    assert {one.name.split()[0] for one in level} > {"group=0", "group=3", "a"}
    assert len(level) == 4 + 4 + 4


def test_slices_that_do_no_harm_seldom_stand_out() -> None:
    """All intervals together miss a truth in at most 5 % of such tables, also where almost nothing flips."""
    missed, tables = 0, 300
    for _ in range(tables):
        columns = {str(name): RNG.integers(0, 5, 400).astype(float) for name in range(8)}
        flips = RNG.random(400) < 0.01
        missed += any(
            one.interval.low > 0.01 or one.interval.high < 0.01 for one in slices_of(columns, (), flips, 0.05)
        )
    assert missed <= 0.05 * tables


def test_texts_missing_values_and_declared_segments_are_slices() -> None:
    """A segment goes value by value however many it has; few rows are no slice, and neither are all."""
    columns = {
        "text": np.array(["x", "y", None, "y"] * 25, object),
        "number": np.array([1.0, np.nan, 2.0, 3.0] * 25),
        "segment": np.arange(100.0) % 4 + 100,
        "rare": np.array([1.0] * 95 + [2.0] * 5),
    }
    names = {one.name for one in slices_of(columns, ("segment",), np.arange(100) < 10, 0.05)}
    assert {"text=x", "text=y", "text missing", "number missing", "segment=100", "segment=103", "rare=1"} <= names
    assert "rare=2" not in names
    assert slices_of({"one": np.ones(100)}, (), np.ones(100, bool), 0.05) == ()


def test_a_regression_flips_beyond_its_tolerance() -> None:
    """1 % of the interquartile range of the first version's predictions, unless told otherwise; NaN counts."""
    one, two = _regression(1, [1, 0, 0]), _regression(2, [1.02, 0, 0])
    found = _on(one, two)
    predictions = np.float32(COLUMNS["a"])
    limit = 0.01 * np.subtract(*np.quantile(predictions, (0.75, 0.25)))
    assert found.flips.bad == pytest.approx(int((np.abs(0.02 * predictions) > limit).sum()), abs=2)
    assert "interquartile range of m@1" in found.rule
    assert _on(one, two, tolerance=1.0).flips.bad == 0
    holes = {**COLUMNS, "b": np.where(COLUMNS["group"] == 0, np.nan, 0.0)}
    assert _on(one, _regression(2, [1, 0, 0]), holes).flips.bad == 0


def test_the_same_answers_are_no_difference() -> None:
    """Nothing flips, nothing moved, no slice is looked at."""
    found = _on(_classifier(1, [1, 1, 0]), _classifier(2, [1, 1, 0]))
    assert (found.flips.bad, found.largest, found.slices) == (0, 0.0, ())


def test_golden_examples_of_both_are_put_together() -> None:
    """Those with the same inputs count once; they were chosen, so that no interval is given."""

    def golden(*rows: list[float]) -> dict[str, object]:
        tensors = [{"name": "x", "datatype": "FP32", "shape": [1, 3], "data": row} for row in rows]
        return {"examples": [{"inputs": [one], "outputs": []} for one in tensors]}

    one = version(1, linear([1, 0, 0]), NAMES, "regression", golden=golden([1, 2, 3], [4, 5, 6]))
    two = version(2, linear([1, 0, 1]), NAMES, "regression", golden=golden([4, 5, 6], [0, 0, 0]))
    rows = golden_rows(one, two)
    assert {name: values.tolist() for name, values in rows.before.columns.items()} == {
        "a": [1, 4, 0], "b": [2, 5, 0], "group": [3, 6, 0]
    }  # fmt: skip
    found = behave(one, two, rows)
    assert (found.flips.bad, found.flips.total, found.interval) == (2, 3, None)


def test_rows_are_read_in_each_version_s_own_order() -> None:
    """Features are found by name: the columns of the second are exchanged, and so are its weights."""
    one = version(1, linear([1, 2, 3]), NAMES, "regression")
    two = version(2, linear([3, 2, 1]), NAMES[::-1], "regression")
    rows = [{name: float(COLUMNS[name][place]) for name in NAMES} for place in range(50)]
    found = behave(one, two, captured_rows(one, two, [*rows, {**rows[0], "a": None}]))
    assert (found.rows, found.flips.bad) == (50, 0)


def test_what_can_not_be_compared_says_why() -> None:
    """Never a rate of nothing."""
    one, two = _regression(1, [1, 0, 0]), version(2, linear([1.0]), ["other"], "regression")
    with pytest.raises(BadRequest, match="No golden example has the features of both"):
        golden_rows(one, two)
    with pytest.raises(BadRequest, match="No captured row has all features"):
        captured_rows(one, one, [{"a": None, "b": 1.0, "group": 1.0}])
    empty = Data("rows.csv", "", 0, {name: np.zeros(0) for name in NAMES}, {})
    with pytest.raises(BadRequest, match=r"no rows|can't run"):
        behave(one, one, Rows("rows.csv", empty, empty))
