"""Is latency measured fairly, often enough, and not for ever?"""

from serin.evidence.latency import FEWEST_RUNS, take_turns


class Clock:
    """Counts nanoseconds that models pretend to take."""

    def __init__(self):
        self.now, self.order = 0, []

    def __call__(self):
        return self.now

    def model(self, name, takes):
        def run(number):
            self.order.append(name)
            self.now += takes(number)

        return run


def test_models_take_turns():
    """What else the machine does hits both."""
    clock = Clock()
    one, two = take_turns([clock.model("a", lambda n: 2_000_000), clock.model("b", lambda n: 3_000_000)], 1, clock)
    assert clock.order[:6] == ["a", "b"] * 3
    assert (one.p50, one.p99, two.p50, one.runs, one.batch) == (2.0, 2.0, 3.0, two.runs, 1)


def test_a_slow_model_is_run_a_hundred_times():
    """Patience ends, but no percentile comes from a handful."""
    clock = Clock()
    (found,) = take_turns([clock.model("a", lambda n: 10**9)], 1, clock)
    assert (found.runs, found.p99) == (FEWEST_RUNS, 1000.0)


def test_the_99th_percentile_sees_what_one_in_fifty_suffers():
    """And the median doesn't."""
    clock = Clock()
    (found,) = take_turns([clock.model("a", lambda n: 50_000_000 if n % 50 == 0 else 1_000_000)], 1, clock)
    assert (found.p50, found.p99) == (1.0, 50.0)
