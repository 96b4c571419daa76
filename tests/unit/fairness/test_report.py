"""Does a report say what was counted, of whatever rows, and come back as it was?"""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.fairness.gate import judge
from serin.fairness.limits import Limits
from serin.fairness.metrics import Metric
from serin.fairness.report import Report, answer_report
from tests.unit.fairness.rows import drawn, report

numbers = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([float("nan"), float("inf"), 1e300]))
groups = st.sampled_from(["a", "b", None, float("nan"), 3])
rows = st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.booleans(), numbers, groups, groups), max_size=25)


@given(rows, st.booleans())
def test_no_rows_break_it_and_json_takes_all_of_it(found, classify):
    """No rows, one group, groups without positives, all missing, numbers without end: judged, and never passed."""
    score, late, decision, number, one, two = map(list, zip(*found, strict=True)) if found else [[]] * 6
    outcome = np.array(late, float) if classify else np.array(number, float)
    given_ = {"outcome": outcome, "score": np.array(score), "decision": np.array(decision) if classify else None}
    made = report({**given_, "groups": {"one": one, "two": two}})
    document = json.loads(json.dumps(made.to_dict(), allow_nan=False))
    assert Report.from_dict(document) == made
    assert document["left_out"] + document["all"]["counts"]["rows"] == len(found)
    standing, reason, then = judge(document, Limits())
    assert standing in ("insufficient", "fail")
    assert reason
    assert then


def test_every_split_has_every_row():
    """So that its groups add up to all of them."""
    made = report(drawn(500))
    for split in made.splits:
        assert sum(one.rows for one in split.counts.values()) == 500
    assert [str(split) for split in made.splits] == ["sex", "age", "sex & age"]
    assert made.splits[0].counts["sex=F"].rows + made.splits[0].counts["sex=M"].rows == made.whole.rows


def test_figures_of_a_regression_are_in_its_own_unit():
    """Mean residual, mean absolute error; selection needs a decision."""
    score, outcome = np.array([3.0, 5.0, 1.0]), np.array([2.0, 6.0, 1.0])
    made = report({"outcome": outcome, "score": score, "decision": None, "groups": {"g": ["a", "a", "b"]}})
    assert made.metrics == (Metric.CALIBRATION, Metric.ERROR)
    assert made.to_dict()["splits"][0]["groups"]["g=a"]["figures"] == {"calibration": 0.0, "error": 1.0}
    assert made.unit == pytest.approx(2 / 3)


def test_answers_of_several_classes_are_compared_by_their_errors():
    """As a share, with limits that hold where hardly any is wrong: thirty right ones prove little."""
    made = answer_report([False] * 30 + [True] * 3 + [False] * 27, {"g": ["a"] * 30 + ["b"] * 30}, limits=Limits())
    assert Report.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert (made.metrics, made.unit, made.to_dict()["task"]) == ((Metric.ERROR,), 1.0, "multiclass")
    assert made.to_dict()["splits"][0]["groups"]["g=b"]["figures"] == {"error": 0.1}
    assert judge(made.to_dict(), Limits())[0] == "insufficient"


def test_calibration_is_the_mean_score_minus_the_rate():
    """By group."""
    given_ = drawn(400)
    made = report(given_)
    sex = given_["groups"]["sex"]
    expected = (given_["score"] - given_["outcome"])[sex == "F"].mean()
    assert made.splits[0].counts["sex=F"].samples()[Metric.CALIBRATION].value == pytest.approx(expected)


def test_a_report_of_a_thousand_groups_fits_a_record():
    """DynamoDB takes 400 KB."""
    rng = np.random.default_rng(5)
    columns = {name: rng.choice([f"{name}-{value:04d}" for value in range(17)], 20_000) for name in "abc"}
    made = report({**drawn(20_000), "groups": columns})
    assert sum(len(split.counts) for split in made.splits) > 900
    assert len(json.dumps(made.to_dict(), separators=(",", ":"))) < 350_000
