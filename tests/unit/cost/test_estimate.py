"""Is an estimate what a person gets by hand?"""

from dataclasses import replace
from fractions import Fraction

import pytest

from serin.cost.code import Code
from serin.cost.estimate import SERIN, Estimate, estimate
from serin.cost.idle import idle_endpoint, idle_stack
from serin.cost.prices import Prices
from serin.cost.stage import Load, Serving, Stage

PRICES = Prices.of("us-east-1")
STAGE = Stage((Serving("flights", snap_start=True),))


def part(found: Estimate, name: str) -> int:
    (one,) = [one for one in (*found.idle, *found.load) if one.part.name == name]
    return one.micro


@pytest.fixture(scope="module")
def found() -> Estimate:
    return estimate(STAGE, Load(10_000), PRICES)


def test_a_month_of_requests_by_hand(found: Estimate) -> None:
    """304,167 requests: 3.50 USD a million at the API; at Lambda 0.20 a million and 20 ms of a GB each."""
    requests = 10_000 * 365 / 12
    assert part(found, "API Gateway") == pytest.approx(requests * 3.5, abs=1)
    assert part(found, "Lambda") == pytest.approx(requests * (0.2 + 0.02 * 13.3334), abs=2)
    assert part(found, "metrics") == 12 * 300_000


def test_idle_by_hand(found: Estimate) -> None:
    """Two versions with a snapshot of a GB for 2,628,000 s, three alarms, a dashboard, and a pass a minute."""
    assert part(found, "SnapStart snapshots") == round(2 * 2_628_000 * 1.5046)
    assert part(found, "alarms") == 500_000
    assert part(found, "dashboard") == 3_000_000
    assert part(found, "secret") == 400_000
    lambda_ = 43_800 * (0.2 + 0.05 * 0.5 * 13.3334)
    reads, logs = 2 * 43_800 * 0.125, 43_800 * 350 / 1e9 * (5e5 + 3e4 * 720 / 730)
    assert part(found, "controller") == pytest.approx(lambda_ + reads + logs, abs=3)


def test_rivals_by_hand(found: Estimate) -> None:
    """An instance for 730 hours; serverless by the second of the smallest size that fits; both by the GB in and out."""
    requests = 10_000 * 365 / 12
    data = requests * (300 + 200 + 900 + 40) / 1e9 * 16_000
    assert found.rivals["ml.c5.large, always on"] == pytest.approx(730 * 102_000 + data, abs=2)
    assert found.rivals["SageMaker Serverless"] == pytest.approx(requests * 0.02 * 20 + data, abs=2)


def test_the_break_even_is_where_it_is_said(found: Estimate) -> None:
    """A request less and Serin is the cheaper one, or as cheap."""
    start, at = found.crossings["ml.c5.large, always on"]
    assert (start.requests_per_day, start.cheaper) == (0, SERIN)
    assert at.cheaper == "ml.c5.large, always on"
    below, above = (
        estimate(STAGE, Load(number), PRICES) for number in (at.requests_per_day - 1, at.requests_per_day)
    )  # fmt: skip
    assert below.micro <= (below.rivals[at.cheaper] or 0)
    assert above.micro > (above.rivals[at.cheaper] or 0)


def test_what_has_too_much_memory_for_a_rival_is_not_compared_with_it() -> None:
    """It can't be had: that is no price of nothing."""
    found = estimate(Stage((Serving(memory_mb=8192),)), Load(10), PRICES)
    assert set(found.rivals.values()) == {None}
    assert set(found.crossings.values()) == {()}
    five = estimate(Stage((Serving(memory_mb=5120),)), Load(10), PRICES)
    assert [name for name, micro in five.rivals.items() if micro is not None] == ["SageMaker Serverless"]


def test_no_requests_cost_what_idle_costs() -> None:
    """Nothing is billed for a load that is not there."""
    found = estimate(STAGE, Load(0), PRICES)
    assert found.load == ()
    assert found.micro == found.idle_micro == found.idle_of("") + found.idle_of("flights")


def test_more_load_never_costs_less() -> None:
    """Otherwise a break-even would mean nothing."""
    totals = [estimate(STAGE, Load(number), PRICES).micro for number in (0, 1, 10, 10**3, 10**5, 10**7)]
    assert totals == sorted(totals)


def test_a_second_endpoint_adds_no_second_dashboard() -> None:
    """What a stage has once is paid for once."""
    two = Stage((Serving("a"), Serving("b")))
    found = estimate(two, Load(0), PRICES)
    assert sum(one.part.name == "dashboard" for one in found.idle) == 1
    assert sum(one.part.name == "alarms" for one in found.idle) == 2


def test_drift_jobs_are_paid_for_by_who_is_in_use() -> None:
    """An idle endpoint's is paused, unless it never is; in use it costs the same either way."""
    never = replace(STAGE, endpoints=(replace(STAGE.endpoints[0], idle_days=0),))
    idle, used = (estimate(STAGE, load, PRICES) for load in (Load(0), Load(1)))
    assert part(estimate(never, Load(0), PRICES), "drift job") == part(used, "drift job") > 100_000
    assert "drift job" not in [one.part.name for one in idle.idle]
    assert part(idle, "idleness") == round(730 / 24 * 10)
    assert used.micro == estimate(never, Load(1), PRICES).micro + part(idle, "idleness")


def test_without_snapshots_an_endpoint_keeps_its_aim() -> None:
    """Under a dollar a month when nobody asks."""
    off = replace(STAGE, endpoints=(Serving("flights", snap_start=False),))
    assert estimate(off, Load(0), PRICES).idle_of("flights") < 1_000_000


def test_free_allowances_are_told_and_not_taken_off(found: Estimate) -> None:
    """The bill is that of list prices."""
    assert found.free["CloudWatch dashboards"] == 3_000_000
    assert found.free["CloudWatch alarms"] == 200_000  # not those of high resolution
    assert found.idle_micro == sum(one.micro for one in found.idle)


def test_every_part_is_priced(found: Estimate) -> None:
    """A code that no region has would fail here, and not on the day that somebody has a queue."""
    parts = [*idle_stack(replace(STAGE, outcome_queue=True)), *idle_endpoint(STAGE.endpoints[0], STAGE)]
    queue = next(one for one in parts if one.name == "outcome queue")
    assert PRICES.cost(queue.used) == {Code.QUEUE_REQUEST: 260_000}
    assert all(quantity >= Fraction(0) for one in parts for quantity in one.used.values())
