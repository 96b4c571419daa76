"""Alarms are judged by CloudWatch's rules: periods, M of N, missing data, thresholds."""

import pytest

from infra.local.alarms import Alarm, Sample, evaluate
from serin.errors import InvalidSettings

NOW = 1_000_000.0


def _samples(pattern, period=60):
    """One character per period, the oldest first: X breaches (5), 0 does not, - is missing."""
    ages = range(len(pattern) - 1, -1, -1)
    return [
        Sample(NOW - age * period - 1, 1, value, value, value)
        for age, value in zip(ages, ({"X": 5.0, "0": 0.0, "-": None}[one] for one in pattern), strict=True)
        if value is not None
    ]


def _state(pattern, needed=None, state="OK", missing="missing", period=60):
    alarm = Alarm("a", 5, periods=len(pattern), to_alarm=needed, missing=missing, state=state, period=period)
    return evaluate(alarm, _samples(pattern, period), NOW).state


@pytest.mark.parametrize("period", [10, 30, 60, 300])
def test_every_period_of_n_must_breach(period):
    """Whatever its length."""
    assert _state("XXX", period=period) == "ALARM"
    assert _state("XX0", period=period) == "OK"


@pytest.mark.parametrize(("pattern", "expected"), [("X0X", "ALARM"), ("XX0", "ALARM"), ("00X", "OK"), ("000", "OK")])
def test_m_of_n_may_lie_anywhere(pattern, expected):
    """Two of three."""
    assert _state(pattern, needed=2) == expected


@pytest.mark.parametrize(
    ("pattern", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("---", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"),
        ("0--", "OK", "OK", "OK", "OK"),
        ("X--", "ALARM", "kept", "ALARM", "OK"),
        ("--X", "kept", "kept", "ALARM", "OK"),
        ("-0X", "OK", "OK", "OK", "OK"),
        ("XXX", "ALARM", "ALARM", "ALARM", "ALARM"),
    ],
)
@pytest.mark.parametrize("before", ["OK", "ALARM"])
def test_missing_data_of_three_of_three(pattern, missing, ignore, breaching, not_breaching, before):
    """Each of the four treatments; `kept` is the state the alarm had."""
    for treatment, expected in (
        ("missing", missing), ("ignore", ignore), ("breaching", breaching), ("notBreaching", not_breaching)
    ):  # fmt: skip
        wanted = before if expected == "kept" else expected
        assert _state(pattern, state=before, missing=treatment) == wanted, treatment


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        ("GreaterThanThreshold", "OK", "OK", "ALARM"),
        ("GreaterThanOrEqualToThreshold", "OK", "ALARM", "ALARM"),
        ("LessThanThreshold", "ALARM", "OK", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM", "ALARM", "OK"),
    ],
)
def test_each_comparison(comparison, below, equal, above):
    """Below, at and above the threshold."""
    for value, expected in ((4, below), (5, equal), (6, above)):
        assert evaluate(Alarm("a", 5, comparison), [Sample(NOW, 1, value, value, value)], NOW).state == expected


@pytest.mark.parametrize(
    ("statistic", "value"), [("Sum", 9), ("SampleCount", 3), ("Average", 3), ("Minimum", 1), ("Maximum", 6)]
)
def test_each_statistic(statistic, value):
    """Of two samples in one period, one of them two values put together."""
    samples = [Sample(NOW - 5, 2, 3, 1, 2), Sample(NOW - 50, 1, 6, 6, 6)]
    assert evaluate(Alarm("a", 5, statistic=statistic), samples, NOW).values == (value,)


def test_what_lies_outside_the_periods_does_not_count():
    """Older than the first period, or later than now."""
    samples = [Sample(NOW - 60.5, 1, 9, 9, 9), Sample(NOW + 1, 1, 9, 9, 9)]
    assert evaluate(Alarm("a", 5), samples, NOW).values == (None,)


def test_the_reason_names_values_and_threshold():
    """An operator reads what was seen, the newest first."""
    reason = evaluate(Alarm("a", 5, periods=2, to_alarm=1), _samples("0X"), NOW).reason
    assert "1 out of the last 2 datapoints [5, 0] was greater than or equal to the threshold (5)" in reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"math": True}, "metric math"),
        ({"statistic": "p99"}, "p99"),
        ({"comparison": "GreaterThanUpperThreshold"}, "static thresholds"),
        ({"missing": "zero"}, "zero"),
        ({"period": 45}, "45 s"),
        ({"periods": 2, "to_alarm": 3}, "3 of 2"),
    ],
)
def test_what_is_not_evaluated_is_refused_in_words(change, words):
    """An alarm that could never be right is an error, not a green light."""
    with pytest.raises(InvalidSettings, match=words):
        Alarm("a", 5, **change)
