"""Patterns, schedules and EMF lines are read as AWS reads them."""

import pytest

from infra.local.events import Schedules, rate_minutes
from infra.local.metrics import points_of
from infra.local.patterns import check, matches
from serin.errors import InvalidSettings

EVENT = {"source": "shop", "detail": {"size": "XL", "tags": ["a", "b"], "paid": True, "state": {"value": "ALARM"}}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["shop", "other"]}, True),
        ({"source": ["other"]}, False),
        ({"source": ["shop"], "detail-type": ["Order"]}, False),
        ({"detail": {"state": {"value": ["ALARM"]}}}, True),
        ({"detail": {"state": {"value": ["OK"]}}}, False),
        ({"detail": {"tags": ["b"]}}, True),
        ({"detail": {"size": [{"prefix": "X"}]}}, True),
        ({"detail": {"size": [{"prefix": "L"}]}}, False),
        ({"detail": {"size": [{"anything-but": ["S", "M"]}]}}, True),
        ({"detail": {"size": [{"anything-but": "XL"}]}}, False),
        ({"detail": {"size": [{"anything-but": {"prefix": "X"}}]}}, False),
        ({"detail": {"none": [{"anything-but": "XL"}]}}, False),
        ({"detail": {"none": [{"exists": False}]}}, True),
        ({"detail": {"paid": [1]}}, False),
        ({"detail": {"size": {"deeper": ["x"]}}}, False),
    ],
)
def test_patterns(pattern, expected):
    """All keys must match, and one of each key's values."""
    check(pattern)
    assert matches(pattern, EVENT) is expected


@pytest.mark.parametrize("pattern", [{"a": "x"}, {"a": []}, {"a": [{"numeric": [">", 1]}]}, {"$or": [{"a": ["x"]}]}])
def test_unknown_patterns_are_refused(pattern):
    """A rule that could never fire is an error."""
    with pytest.raises(InvalidSettings):
        check(pattern)


def test_a_schedule_is_due_once_a_period():
    """First one period after it was seen; a long pause is one firing, not many; a changed rate starts anew."""
    schedules = Schedules(minute=2)
    assert [schedules.due({"a": "rate(1 minute)"}, now) for now in (0, 1, 2, 3, 4)] == [[], [], ["a"], [], ["a"]]
    assert [schedules.due({"a": "rate(1 minute)"}, now) for now in (100, 101, 102)] == [["a"], [], ["a"]]
    assert [schedules.due({"a": "rate(2 minutes)"}, now) for now in (103, 106, 107)] == [[], [], ["a"]]


def test_rates():
    """Minutes, hours, days; cron is refused by name."""
    assert [rate_minutes(f"rate({text})") for text in ("1 minute", "5 minutes", "2 hours", "1 day")] == [
        1,
        5,
        120,
        1440,
    ]
    with pytest.raises(InvalidSettings, match="cron"):
        rate_minutes("cron(0 12 * * ? *)")


@pytest.mark.parametrize(
    ("value", "summary"),
    [(2, (1, 2, 2, 2)), ([1, 3], (2, 4, 1, 3)), ({"Values": [1, 2], "Counts": [3, 1]}, (4, 5, 1, 2)),
     ({"Count": 4, "Sum": 5, "Min": 1, "Max": 2}, (4, 5, 1, 2))],
)  # fmt: skip
def test_each_form_of_an_emf_value(value, summary):
    """Once for each set of dimensions."""
    directive = {"Namespace": "n", "Dimensions": [["model"], []], "Metrics": [{"Name": "bad"}]}
    document = {"_aws": {"Timestamp": 5000, "CloudWatchMetrics": [directive]}, "model": "m", "bad": value}
    points = list(points_of(document))
    assert [point.dimensions for point in points] == [(("model", "m"),), ()]
    assert all((one.count, one.total, one.low, one.high) == summary and one.at == 5 for one in points)
