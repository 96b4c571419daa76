"""Are limits read as they were meant, and refused with a sentence where they can't be?"""

import pytest

from serin.errors import InvalidSettings
from serin.fairness.limits import Limits
from serin.fairness.metrics import Metric


def test_who_gives_limits_chooses_the_metrics():
    """Only those count; without any, all of them, and a section about something else changes no limit."""
    assert set(Limits().difference) == set(Metric)
    assert Limits.from_dict({}) == Limits()
    assert Limits.from_dict({"columns": ["sex"]}).difference == Limits().difference
    own = Limits.from_dict({"difference": {"tpr": 0.2}, "ratio": {"selection_rate": 0.8}, "least_rows": 50})
    assert (own.difference, own.ratio, own.least_rows) == ({Metric.TPR: 0.2}, {Metric.SELECTION_RATE: 0.8}, 50)
    assert Limits.from_dict({"ratio": {"selection_rate": 0.8}}).difference == {}


def test_limits_come_back_as_they_were():
    """From their own document."""
    own = Limits.from_dict({"difference": {"tpr": 0.2}, "columns": ["sex"], "least_share": 0.01})
    assert Limits.from_dict(own.to_dict()) == own


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([], "write an object"),
        ({"limit": 1}, "gates.fairness.limit is not a setting"),
        ({"difference": {"parity": 0.1}}, "gates.fairness.difference.parity is not a metric"),
        ({"difference": 0.1}, "write limits by metric"),
        ({"ratio": {"calibration": 0.8}}, "gates.fairness.ratio.calibration is not a metric"),
        ({"difference": {"tpr": "0.1"}}, "must be a number from 0 to 1"),
        ({"difference": {"tpr": True}}, "must be a number from 0 to 1"),
        ({"difference": {"tpr": float("nan")}}, "must be a number from 0 to 1"),
        ({"least_rows": 1}, "must be a whole number from 2"),
        ({"least_rows": 2.5}, "must be a whole number from 2"),
        ({"columns": "sex"}, "write a list of column names"),
    ],
)
def test_what_can_not_be_a_limit_is_refused(settings, said):
    """Where it is, and what would be right."""
    with pytest.raises(InvalidSettings, match=said):
        Limits.from_dict(settings)
