"""Are the settings asked fairly, the hopeless ones no longer than it takes, and is only what is shown called so?"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.cost.prices import Prices
from serin.optimize.choice import Measured, Standing, choose, maybe_cheaper, measured
from serin.optimize.report_line import Report
from serin.optimize.rounds import Answer, Tried, rounds

PRICES = Prices.of("us-east-1")
EVENTS = ({"n": 0}, {"n": 1}, {"n": 2})


class Lambda:
    """Takes so many ms by memory; each setting starts a sandbox with its first request."""

    def __init__(self, **ms: float) -> None:
        self.ms = {int(name[1:]): value for name, value in ms.items()}
        self.asked: list[tuple[int, int]] = []

    def __call__(self, memory_mb: int, event: Mapping[str, Any]) -> Answer:
        first = memory_mb not in {size for size, _ in self.asked}
        self.asked.append((memory_mb, event["n"]))
        ms = self.ms[memory_mb]
        return Answer(Report(ms, int(ms) + 1, memory_mb, 90, 400.0 if first else None))


def tried(memory_mb: int, durations: list[float], **more: Any) -> Tried:
    return Tried(memory_mb, [Report(ms, int(ms) + 1, memory_mb, 90) for ms in durations], **more)


def standing(one: Tried, budget_ms: float = 10) -> Measured:
    return measured(one, budget_ms, PRICES, "arm64")


def test_settings_take_turns_with_all_the_events() -> None:
    """Each setting gets the same requests at about the same time; starts are kept apart from what counts."""
    cloud = Lambda(m512=4, m1024=2)
    small, large = rounds(cloud, (512, 1024), EVENTS, 10, 30)
    assert cloud.asked[:6] == [(512, 0), (1024, 0), (512, 1), (1024, 1), (512, 2), (1024, 2)]
    assert [(len(one.warm), len(one.starts)) for one in (small, large)] == [(30, 1), (30, 1)]
    assert {one.duration_ms for one in small.warm} == {4}


def test_a_hopeless_setting_is_asked_no_more() -> None:
    """After twenty requests that were all over the budget; the other one is asked on."""
    cloud = Lambda(m512=40, m1024=2)
    small, large = rounds(cloud, (512, 1024), EVENTS, 10, 300)
    assert Counter(size for size, _ in cloud.asked) == {512: 21, 1024: 301}
    assert (small.over, large.over) == (True, False)
    assert standing(small).standing is Standing.OVER


def test_one_slow_answer_is_not_hopeless() -> None:
    """One in twenty may be chance."""
    times = iter([1.0, *[50.0], *[1.0] * 400])

    def ask(memory_mb: int, _event: Mapping[str, Any]) -> Answer:
        return Answer(Report(next(times), 1, memory_mb, 90))

    (one,) = rounds(ask, (512,), EVENTS, 10, 300)
    assert (one.over, len(one.warm)) == (False, 300)


def test_hardly_any_setting_within_budget_is_called_hopeless() -> None:
    """Its p99 is the budget itself: looked at again and again, no more than one in twenty is stopped."""
    stopped = 0
    for seed in range(300):
        slow = iter(np.random.default_rng(seed).random(400) > 0.99)

        def ask(memory_mb: int, _event: Mapping[str, Any], slow: Any = slow) -> Answer:
            return Answer(Report(11.0 if next(slow) else 9.0, 1, memory_mb, 90))

        stopped += rounds(ask, (512,), EVENTS, 10, 300)[0].over
    assert stopped <= 15


def test_a_crash_ends_its_setting_and_no_other() -> None:
    """With what the function said."""

    def ask(memory_mb: int, _event: Mapping[str, Any]) -> Answer:
        return Answer(failed="signal: killed") if memory_mb == 128 else Answer(Report(1, 1, memory_mb, 90))

    small, large = rounds(ask, (128, 512), EVENTS, 10, 5)
    assert (small.failed, small.asked, len(large.warm)) == ("signal: killed", 1, 5)
    assert standing(small).standing is Standing.FAILED
    assert standing(small).to_dict()["micro_per_million"] is None


def test_a_log_without_reports_and_sandboxes_that_are_always_new_end_too() -> None:
    """Nothing is waited for that does not come."""
    (silent,) = rounds(lambda *_: Answer(), (512,), EVENTS, 10, 300)
    assert (silent.failed, silent.asked) == ("its log ends without a REPORT line", 5)
    (cold,) = rounds(lambda *_: Answer(Report(1, 1, 512, 90, 300.0)), (512,), EVENTS, 10, 30)
    assert (len(cold.warm), len(cold.starts)) == (0, 80)
    assert standing(cold).standing is Standing.UNDECIDED


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ([5.0] * 299, Standing.WITHIN),
        ([5.0] * 298, Standing.UNDECIDED),
        ([5.0] * 298 + [11.0], Standing.UNDECIDED),
        ([5.0] * 499 + [11.0], Standing.WITHIN),
        ([], Standing.UNDECIDED),
    ],
)
def test_within_takes_as_many_as_it_takes(durations: list[float], expected: Standing) -> None:
    """Below 299 requests nothing is known of a p99, and one slow one of 299 is one too many."""
    assert standing(tried(512, durations)).standing is expected


@given(
    st.lists(
        st.tuples(st.sampled_from([512, 1024, 1769]), st.floats(0.1, 30), st.sampled_from([100, 299, 500])),
        max_size=3, unique_by=lambda one: one[0],
    )
)  # fmt: skip
def test_the_choice_is_the_cheapest_that_is_shown_to_be_within(given_: list[tuple[int, float, int]]) -> None:
    """Nothing undecided is ever chosen; what may be cheaper is told."""
    found = [standing(tried(memory_mb, [ms] * count)) for memory_mb, ms, count in given_]
    best = choose(found)
    able = [one for one in found if one.standing is Standing.WITHIN]
    assert (best is None) == (not able)
    for one in found:
        if one.standing is Standing.WITHIN:
            assert best is not None
            assert (one.p99_high or 0) <= 10
            assert (one.micro_per_million or 0) >= (best.micro_per_million or 0)
    assert {one.standing for one in maybe_cheaper(found, best)} <= {Standing.UNDECIDED}


def test_a_million_requests_cost_what_was_billed() -> None:
    """Duration times memory, and the requests themselves."""
    found = standing(tried(512, [1.5] * 300))
    gb_second, request = (float(PRICES.of_code[code].amount) for code in ("lambda.arm64.gb_second", "lambda.request"))  # type: ignore[index]
    assert found.micro_per_million == pytest.approx(1e12 * (request + gb_second * 0.002 * 0.5), abs=2)
