"""Does the comparison of two ways tell what is there, and nothing else?"""

import numpy as np
import pytest

from tests.benchmarks.blocks import Floats, measure, ratio

TRUE = 1.04


def drifting(seed: int, factor: float = TRUE) -> dict[str, list[Floats]]:
    """Two ways on a machine whose speed wanders from block to block, further than the ways differ."""
    rng = np.random.default_rng(seed)
    speed = [1.0]

    def block(times: int, cost: float) -> Floats:
        speed[0] = min(max(speed[0] + rng.normal(0, 0.05), 0.5), 2.0)
        return 100 * cost * speed[0] * rng.lognormal(0, 0.2, times)

    return measure({"a": lambda n: block(n, factor), "b": lambda n: block(n, 1.0)}, rounds=20, times=50, seed=seed)


def test_the_interval_holds_the_true_ratio_as_often_as_it_says():
    """On at least 18 of 20 machines; it promises 19 where rounds are many."""
    held = 0
    for seed in range(20):
        taken = drifting(seed)
        found = ratio(taken["a"], taken["b"], resamples=200)
        held += found.low <= TRUE <= found.high
    assert held >= 18


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "PASS"), (1.1, "UNDECIDED"), (1.5, "MISSED")])
def test_what_is_near_the_limit_is_undecided(factor: float, verdict: str):
    """Never a pass or a fail that the interval does not bear out."""
    taken = drifting(3, factor)
    assert ratio(taken["a"], taken["b"], resamples=200).verdict(1.1) == verdict


def test_every_way_has_its_own_times_in_every_round():
    """In whichever order the ways came."""
    taken = measure({name: lambda n, at=at: np.full(n, at) for at, name in enumerate("abc")}, rounds=9, times=2)
    for at, name in enumerate("abc"):
        assert [one.tolist() for one in taken[name]] == [[at] * 4] * 9
