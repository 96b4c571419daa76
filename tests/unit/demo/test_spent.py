"""What the demo says of money: whether parts are the whole, and from where on something else is cheaper."""

from infra.demo.spent import apart, beside

RIVALS = {
    "small": {"micro": None, "crossings": []},
    "large": {
        "micro": 74_470_000,
        "crossings": [{"requests_per_day": 0, "cheaper": "Serin"}, {"requests_per_day": 500, "cheaper": "large"}],
    },
}


def test_a_micro_dollar_is_missed():
    """Parts are the whole, exactly."""
    rows = [{"name": "flights@1", "micro": 7}, {"name": "flights@2", "micro": 5}]
    assert [apart({"micro": micro, "rows": rows}) for micro in (12, 11, 13)] == [0, 1, -1]


def test_the_break_even_is_that_of_the_estimate():
    """What can't be had is left out."""
    (said,) = beside(RIVALS)
    assert said == "large ($74.47): Serin is cheaper up to 499 requests a day"
