"""Are sums by segment the same as the rows they came from?"""

from dataclasses import asdict

import numpy as np
import pytest

from serin.errors import BadRequest
from serin.fairness.limits import Limits
from serin.fairness.online import segment_report
from serin.outcomes.quality import Quality, by_segment
from tests.unit.fairness.rows import drawn, report


def _hours(outcome, score, segments, numeric=False):
    """Two of them, as they come from the table."""
    one = Quality.numeric if numeric else Quality.binary
    for part in (slice(0, None, 2), slice(1, None, 2)):
        rows = zip(score[part], outcome[part], *(values[part] for values in segments.values()), strict=True)
        found = by_segment(
            (one(float(p), y if numeric else bool(y)), dict(zip(segments, s, strict=True))) for p, y, *s in rows
        )
        yield {name or "all": quality for name, quality in found.items()}


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.58, 1.0])
def test_sums_give_the_same_counts_as_rows(threshold):
    """To the last one, also for scores that lie on the threshold; only pairs are not there."""
    rows = drawn(600)
    rows["score"] = np.round(rows["score"], 2)
    hours = _hours(rows["outcome"], rows["score"], rows["groups"])
    online = segment_report(hours, threshold, limits=Limits(), numeric=False)
    offline = report({**rows, "decision": rows["score"] >= threshold})
    splits = {split.columns: split.counts for split in offline.splits}
    assert {split.columns for split in online.splits} == {("sex",), ("age",)}
    for split in online.splits:
        for name, counts in split.counts.items():
            expected = splits[split.columns][name]
            assert (counts.rows, counts.positives, counts.selected, counts.hits) == (
                expected.rows, expected.positives, expected.selected, expected.hits
            )  # fmt: skip
            assert counts.score == pytest.approx(expected.score)


def test_a_regression_is_told_from_its_residuals():
    """The same sums as from rows, whatever the threshold."""
    rng = np.random.default_rng(1)
    outcome, score, g = rng.normal(9, 2, 300), rng.normal(9, 2, 300), rng.choice(["a", "b"], 300)
    online = segment_report(_hours(outcome, score, {"g": g}, numeric=True), 0.5, limits=Limits(), numeric=True)
    offline = report({"outcome": outcome, "score": score, "decision": None, "groups": {"g": g}})
    for name, counts in online.splits[0].counts.items():
        expected = offline.splits[0].counts[name]
        assert asdict(counts) == pytest.approx(asdict(expected), rel=1e-4)
    assert online.unit == pytest.approx(offline.unit, rel=1e-5)


@pytest.mark.parametrize("threshold", [0.55, -0.02, 1.02, float("nan"), float("inf")])
def test_a_threshold_within_a_bin_is_refused(threshold):
    """With one that can be counted."""
    with pytest.raises(BadRequest, match=r"Give a multiple of 0.02 from 0 to 1, such as (0.5[46]?|0|1)\."):
        segment_report([], threshold, limits=Limits(), numeric=False)


def test_what_has_no_score_is_left_out_and_counted():
    """Such as outcomes that are texts; a segment without a value is missing, and rare ones are joined."""
    parts = [(Quality.binary(0.9, True), {"city": f"c{place}"}) for place in range(25) for _ in range(25 - place)]
    parts += [(Quality(n=1, labels={"late": 1}), {"city": ""})] * 30
    online = segment_report(
        [{k or "all": v for k, v in by_segment(parts).items()}], 0.5, limits=Limits(), numeric=False
    )
    (split,) = online.splits
    assert online.left_out == 30
    assert len(split.counts) == 21
    assert split.counts["city=(missing)"].rows == 0
    assert split.counts["city=(other)"].rows == sum(range(1, 7))
