"""Is what a client tells of a prediction taken as it is meant, or refused with what is wrong?"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import BadRequest
from serin.outcomes.outcome import told

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def test_what_is_meant_is_taken():
    """A bare KPI is called value; money is kept to the millionth; a time without a zone is UTC."""
    one = told({"receipt": "r", "row": 2, "outcome": True, "kpi": -12.3456789, "observed_at": "2026-01-05T08:31:14"})
    assert (one.receipt, one.row, one.outcome, one.kpi) == ("r", 2, True, {"value": -12_345_679})
    assert one.observed_at == datetime(2026, 1, 5, 8, 31, 14, tzinfo=UTC)
    assert told({"receipt": "r", "outcome": "late", "kpi": {"cost": 1, "value": 0.5}}).kpi == {
        "cost": 1_000_000,
        "value": 500_000,
    }
    assert told({"receipt": "r", "outcome": 0}).row == 0


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ([], "an outcome is an object"),
        ({"outcome": 1}, "receipt is missing: it came with the prediction"),
        ({"receipt": "r"}, "outcome is a number"),
        ({"receipt": "r", "outcome": float("nan")}, "outcome is a number"),
        ({"receipt": "r", "outcome": float("inf")}, "outcome is a number"),
        ({"receipt": "r", "outcome": 1e300}, "outcome is a number"),
        ({"receipt": "r", "outcome": ""}, "a text of 1 to 200 characters"),
        ({"receipt": "r", "outcome": 1, "row": -1}, "row is the number of the row"),
        ({"receipt": "r", "outcome": 1, "row": True}, "row is the number of the row"),
        ({"receipt": "r", "outcome": 1, "kpi": "much"}, "kpi 'value' is no finite number"),
        ({"receipt": "r", "outcome": 1, "kpi": {"a": float("nan")}}, "kpi 'a' is no finite number"),
        ({"receipt": "r", "outcome": 1, "kpi": {str(n): n for n in range(9)}}, "kpi has 9 values: 8 are allowed"),
        ({"receipt": "r", "outcome": 1, "observed_at": "yesterday"}, "observed_at is a time in ISO 8601"),
        ({"receipt": "r", "outcome": 1, "observed_at": 7}, "observed_at is a time in ISO 8601"),
        ({"receipt": "r", "outcome": 1, "score": 1}, "unknown field 'score'"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_how_it_is_written(item, sentence):
    """One sentence, for the one item."""
    with pytest.raises(BadRequest, match=sentence):
        told(item)


@given(json_values)
def test_nothing_that_json_can_hold_breaks_it(value):
    """It is taken or refused."""
    for item in (value, {"receipt": "r", "outcome": value}, {"receipt": "r", "outcome": 1, "kpi": value}):
        try:
            told(item)
        except BadRequest:
            continue
