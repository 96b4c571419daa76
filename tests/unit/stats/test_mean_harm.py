"""HARM of a mean: fair while the candidate earns no less, whatever moves, and quick when it does."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.stats.mean_harm import MeanHarm
from serin.stats.moments import Moments
from tests.unit.stats.looks import moments

ALPHA = 0.0125
many = st.lists(st.tuples(moments(), moments()), max_size=5)


def after(seen, test=None):
    test = test or MeanHarm.start(low=0.0, high=1.0)
    for control, candidate in seen:
        test = test.update(control, candidate)
    return test


def sums(values):
    return Moments(len(values), float(values.sum()), float((values * values).sum()))


@given(many, moments(), moments())
def test_stored_and_loaded_it_goes_on_as_if_never_stopped(seen, control, candidate):
    """Through JSON and back the state is the same to the last bit; finite at a billion values."""
    test = after(seen)
    assert all(map(math.isfinite, (*test.log_wealth, test.log_e)))
    loaded = MeanHarm.from_dict(json.loads(json.dumps(test.to_dict())))
    assert loaded == test
    assert loaded.update(control, candidate) == test.update(control, candidate)
    assert loaded.update(control, Moments()).log_wealth == test.log_wealth, "one arm alone says nothing"


@settings(max_examples=60)
@given(many, st.integers(1, 12), st.integers(1, 12), st.floats(0, 1), st.floats(0, 1))
def test_the_bet_is_fair_at_any_point_of_any_history(seen, n0, n1, mean, better):
    """The expected e after the next look is at most e now, for a candidate no worse: computed, not drawn."""
    assert MeanHarm.start(low=0.0, high=1.0).log_e == pytest.approx(0.0, abs=1e-12), "all of the wealth, and no more"
    test, mean1 = after([*seen, (Moments(4, 2.0, 1.5), Moments(4, 2.0, 1.5))]), mean + (1 - mean) * better
    expected = 0.0
    for hits0 in range(n0 + 1):
        for hits1 in range(n1 + 1):
            chance = _binomial(hits0, n0, mean) * _binomial(hits1, n1, mean1)
            log_next = test.update(Moments(n0, hits0, hits0), Moments(n1, hits1, hits1)).log_e
            expected += chance * math.exp(log_next - test.log_e)
    assert expected <= 1 + 1e-9


def _binomial(hits, n, chance):
    return math.comb(n, hits) * chance**hits * (1 - chance) ** (n - hits)


def test_sums_give_what_values_one_by_one_give():
    """The formula of the docstring, value by value and size by size, is what the sums come to."""
    rng = np.random.default_rng(5)
    first = sums(rng.random(20)), sums(rng.random(5))
    control, candidate = rng.random(30), rng.random(7) * 0.8
    test = after([first])
    past = first[0] + first[1]
    center, spread = past.mean, math.sqrt((past.around(past.mean) + 0.25) / (past.n + 1))
    wealth = []
    for size, log_wealth in zip(np.geomspace(0.02, 1.0, 8), test.log_wealth, strict=True):
        c = min(size / spread / (1 / 30 + 1 / 7), 0.75 * 7)
        parts = [c / 30 * u - _psi(c / 30) * u * u for u in control - center]
        parts += [c / 7 * u - _psi(c / 7) * u * u for u in center - candidate]
        wealth.append((math.exp(log_wealth) + 0.5 * 720 / (720 * 721) / 8) * math.exp(sum(parts)))
    expected = sum(wealth) + 0.5 * 720 / 721
    assert math.exp(test.update(sums(control), sums(candidate)).log_e) == pytest.approx(expected, rel=1e-9)


def _psi(stake):
    return -math.log(1 - stake) - stake


def run(rng, loss, looks=120, per=200, shares=(0.05, 0.25, 0.5), since=0, skew=1.0):
    """Costs on one request in ten, at a level that moves; the share of traffic moves with it. When is it HARM?"""
    test = MeanHarm.start(low=-100.0, high=0.0)
    for look in range(looks):
        share, level = shares[look * len(shares) // looks], 1 + 0.8 * math.sin(look / 9)
        n1 = rng.binomial(per, share)
        worse = 1 + (loss if look >= since else 0)
        control = -100 * (rng.random(per - n1) < 0.1 * level * skew) * rng.random(per - n1)
        candidate = -100 * (rng.random(n1) < 0.1 * level * skew * worse) * rng.random(n1)
        test = test.update(sums(control), sums(candidate))
        if test.harmful(ALPHA):
            return look + 1
    return None


def test_an_equal_candidate_is_rarely_convicted():
    """At most alpha = 1.25 % of runs; costs that are rare, levels and shares that move. 240 runs, seed 11."""
    rng = np.random.default_rng(11)
    assert sum(run(rng, 0.0) is not None for _ in range(160)) <= 2
    assert sum(run(rng, 0.0, skew=0.1) is not None for _ in range(80)) <= 1


def test_a_candidate_that_earns_less_is_found():
    """Twice the cost, with 10 % of 200 outcomes a look: within 60 looks in half of the runs, always in 120. Seed 13."""
    rng = np.random.default_rng(13)
    found = [run(rng, 1.0, shares=(0.1,)) for _ in range(20)]
    assert all(found)
    assert np.median(found) <= 60
    assert all(run(rng, -0.5) is None for _ in range(10)), "one that earns more never is"


def test_a_candidate_that_turns_bad_late_is_found():
    """Equal for 600 looks, then three times the cost: half of all traffic, within 60 looks. Seed 17."""
    rng = np.random.default_rng(17)
    found = [run(rng, 2.0, looks=700, since=600, shares=(0.5,), per=100) for _ in range(5)]
    assert all(look and 600 < look <= 660 for look in found)


def test_tiny_looks_lose_little():
    """One outcome of the candidate at a time finds a loss with at most half as many again. Seed 19."""
    large, tiny = np.random.default_rng(19), np.random.default_rng(19)
    by_large = np.median([200 * run(large, 2.0, shares=(0.1,)) for _ in range(15)])
    by_tiny = np.median([10 * run(tiny, 2.0, shares=(0.1,), per=10, looks=2400) for _ in range(15)])
    assert by_tiny <= 1.5 * by_large


def test_states_and_ranges_that_do_not_fit_are_refused():
    """Bounds the wrong way round, values outside of them, wealth of another number of sizes."""
    with pytest.raises(ValueError, match="low < high"):
        MeanHarm.start(low=1.0, high=1.0)
    with pytest.raises(ValueError, match="can't come from"):
        MeanHarm.start(low=0.0, high=1.0).update(Moments.of([2.0]), Moments.of([0.5]))
    with pytest.raises(ValueError, match="not the state"):
        MeanHarm.from_dict(MeanHarm.start(low=0.0, high=1.0).to_dict() | {"log_wealth": [0.0]})
