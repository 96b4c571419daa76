"""Is every plan that can be written possible, and every impossible one refused with its reason?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import InvalidSettings
from serin.rollout.plan import Plan
from serin.rollout.plan_text import parse_plan


@pytest.mark.parametrize(
    ("text", "weights", "bake_s"),
    [
        ("canary", (1, 5, 25, 50, 100), 600),
        ("all-at-once@5m", (100,), 300),
        ("linear:30%/5m", (30, 60, 90, 100), 300),
        ("linear", tuple(range(10, 101, 10)), 600),
        ("1,10,50@90s", (1, 10, 50, 100), 90),
        ("1%,100%", (1, 100), 600),
    ],
)
def test_plans_are_read_as_written(text: str, weights: tuple[int, ...], bake_s: int) -> None:
    """100 % at the end goes without saying."""
    plan = parse_plan(text)
    assert tuple(step.weight for step in plan.steps) == weights
    assert {step.bake_s for step in plan.steps} == {bake_s}


def test_options_follow_the_shape() -> None:
    """After a plus or a space."""
    plan = parse_plan("canary@1m+min=500 deadline=6h+shadow=10%")
    assert (plan.steps[0].min_requests, plan.deadline_s, plan.shadow) == (500, 6 * 3600, 10)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10,5", "must increase"),
        ("5,5", "must increase"),
        ("0,50", "0 %"),
        ("-5,50", "-5 %"),
        ("50,120", "120 %"),
        ("canary@0m", "no bake time"),
        ("canary@10m+deadline=40m", "deadline"),
        ("canary+min=0", "requests"),
        ("canary+shadow=101%", "shadow share"),
        ("linear:0%/5m", "linear step"),
        ("linear:10%/5m@6m", "two bake times"),
        ("canary@ten", "no duration"),
        ("0.5,10", "whole number"),
        ("1,,5", "whole number"),
        ("canary+speed=9", "no option"),
        ("canary+min=5+min=6", "twice"),
        ("blue-green", "is no plan"),
        ("", "is no plan"),
    ],
)
def test_impossible_plans_are_refused(text: str, why: str) -> None:
    """With the sentence that says why."""
    with pytest.raises(InvalidSettings, match=why):
        parse_plan(text)


@given(st.text(alphabet="canrylie:0159%,/@+mhs= -.", max_size=30))
def test_any_text_gives_a_possible_plan_or_a_sentence(text: str) -> None:
    """And a plan comes back from its record as it went in."""
    try:
        plan = parse_plan(text)
    except InvalidSettings:
        return
    weights = [step.weight for step in plan.steps]
    assert weights == sorted(set(weights))
    assert weights[-1] == 100
    assert plan.deadline_s > plan.bakes_s
    assert Plan.from_dict(plan.to_dict()) == plan
