"""HARM: valid under everything that is not the candidate's fault, quick when it is."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.stats.counts import Counts
from serin.stats.harm import LIFTS, HarmTest, harm_log_e, harm_start, harm_step
from tests.benchmarks.sequential import KINDS, false_rollbacks, median_minutes
from tests.unit.stats.looks import counts, looks, many_looks


def after(seen, test=None):
    test = test or HarmTest.start()
    for control, candidate in seen:
        test = test.update(control, candidate)
    return test


@given(many_looks, looks)
def test_stored_and_loaded_it_goes_on_as_if_never_stopped(seen, then):
    """Through JSON and back the state is the same to the last bit."""
    test = after(seen)
    loaded = HarmTest.from_dict(json.loads(json.dumps(test.to_dict())))
    assert loaded == test
    assert loaded.update(*then) == test.update(*then)


@given(many_looks)
def test_no_count_is_too_large(seen):
    """From no request to a billion a look, log e is a number and e can be shown."""
    test = after(seen)
    assert math.isfinite(test.log_e)
    assert math.isfinite(test.e_value)
    assert all(map(math.isfinite, test.log_wealth))
    assert test.log_peak >= test.log_e or test.log_peak == 0.0


@given(many_looks, st.integers(0, 10**9))
def test_looks_that_say_nothing_change_nothing(seen, requests):
    """No bad event, no control or no candidate: nothing is learnt, and no wealth is spent."""
    test = after(seen)
    assert test.update(Counts(0, requests), Counts(0, requests)) == test
    assert test.update(Counts(), Counts(requests // 2, requests)) == test
    assert test.update(Counts(requests // 2, requests), Counts()) == test


@given(many_looks, counts(), st.integers(1, 10**6), st.integers(0, 10**6))
def test_more_bad_events_of_the_candidate_are_more_evidence(seen, control, bad, good):
    """Turning a good request of the candidate into a bad one never lowers e."""
    test = after(seen)
    better, worse = Counts(bad - 1, bad + good), Counts(bad, bad + good)
    assert test.update(control, worse).log_e >= test.update(control, better).log_e - 1e-6


@given(st.floats(0.001, 0.1), st.floats(0.1, 0.9))
def test_once_harmful_always_harmful(strict, lax):
    """A later good hour does not undo what was proven, and a stricter alpha convicts no more often."""
    test = after([(Counts(9, 900), Counts(15, 100))] + [(Counts(9, 900), Counts(0, 100))] * 200)
    assert test.harmful(0.05)
    assert test.log_e < 3
    assert test.harmful(lax) or not test.harmful(strict)


@settings(max_examples=50)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 40), st.sampled_from(LIFTS))
def test_one_look_is_fair_whatever_the_split(n0, n1, events, lift):
    """The mean of a look's bet, over all ways to deal bad events to requests, is at most one: computed, not drawn."""
    events = min(events, n0 + n1)
    most, least = min(events, n1), max(0, events - n0)
    ways = np.array([float(math.comb(n1, x) * math.comb(n0, events - x)) for x in range(least, most + 1)])
    share, x = n1 / (n0 + n1), np.arange(least, most + 1)
    bets = lift**x / (1 + share * (lift - 1)) ** events
    assert np.sum(ways / ways.sum() * bets) <= 1 + 1e-9


@settings(max_examples=50)
@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(0, 40), st.floats(1, 5), st.floats(0.05, 1)
)  # fmt: skip
def test_what_is_tolerated_is_no_evidence(n0, n1, events, tolerated, part):
    """A candidate with up to that many times control's odds: the mean of e after any look is at most one."""
    events, odds = min(events, n0 + n1), 1 + part * (tolerated - 1)
    test = HarmTest.start(tolerated=tolerated)
    least, most = max(0, events - n0), min(events, n1)
    ways = np.array([math.comb(n1, x) * math.comb(n0, events - x) * odds**x for x in range(least, most + 1)])
    nexts = [test.update(Counts(events - x, n0), Counts(x, n1)).log_e for x in range(least, most + 1)]
    assert np.sum(ways / ways.sum() * np.exp(nexts)) <= 1 + 1e-9


def test_beyond_what_is_tolerated_it_is_found():
    """Five times the odds where two and a half are tolerated; twice the odds never is."""
    control = Counts(90, 900)
    assert after([(control, Counts(36, 100))] * 20, HarmTest.start(tolerated=2.5)).harmful(0.0125)
    assert not after([(control, Counts(18, 100))] * 500, HarmTest.start(tolerated=2.5)).harmful(0.0125)
    assert after([(control, Counts(18, 100))] * 500, HarmTest.start()).harmful(0.0125)


@settings(max_examples=30)
@given(many_looks, st.integers(0, 30), st.integers(0, 30))
def test_the_bet_is_fair_at_any_point_of_any_history(seen, spread, events):
    """The expected e after the next look, whatever went before, is at most e now: restarts included."""
    n0, n1 = 40, 10 + spread
    test = after(seen)
    log_now = test.log_e
    least, most = max(0, events - n0), min(events, n1)
    ways = [math.comb(n1, x) * math.comb(n0, events - x) / math.comb(n0 + n1, events) for x in range(least, most + 1)]
    nexts = [test.update(Counts(events - x, n0), Counts(x, n1)).log_e for x in range(least, most + 1)]
    assert sum(way * math.exp(log_next - log_now) for way, log_next in zip(ways, nexts, strict=True)) <= 1 + 1e-9


def test_many_runs_at_once_are_the_same_as_one_by_one():
    """The arrays of the benchmark and the object in a rollout give the same numbers."""
    rng = np.random.default_rng(3)
    seen = [(rng.binomial(900, 0.01, 5), rng.binomial(100, 0.02, 5)) for _ in range(20)]
    wealth, looked = np.tile(harm_start(np.array(LIFTS)), (5, 1)), np.zeros(5)
    for bad0, bad1 in seen:
        wealth, looked = harm_step(
            wealth, looked, bad0 * 1.0, np.full(5, 900.0), bad1 * 1.0, np.full(5, 100.0), np.array(LIFTS)
        )
    singles = [after([(Counts(int(a[i]), 900), Counts(int(b[i]), 100)) for a, b in seen]).log_e for i in range(5)]
    assert harm_log_e(wealth, looked).tolist() == pytest.approx(singles)


@pytest.mark.parametrize("name", KINDS)
def test_good_candidates_are_rarely_rolled_back(name):
    """At most alpha = 5 % in a day, under steps, days and nights, outages and few events: 300 runs, seed 7."""
    assert false_rollbacks(name, runs=300, seed=7) <= 0.05


def test_bad_candidates_are_found_within_minutes():
    """Control 1 %; candidates at 2, 5 and 20 %: medians over 500 runs, seed 7."""
    for rate, minutes in ((0.02, 14), (0.05, 2), (0.2, 1)):
        assert median_minutes(rate, 500, seed=7) <= minutes
    assert median_minutes(0.05, 200, since=720, seed=7) <= 4


def test_states_and_settings_that_do_not_fit_are_refused():
    """Lifts at or below one, wealth without lifts, alphas that are no chance."""
    with pytest.raises(ValueError, match="Lifts"):
        HarmTest.start((1.0, 2.0))
    with pytest.raises(ValueError, match="tolerated"):
        HarmTest.start(tolerated=0.5)
    with pytest.raises(ValueError, match="not the state"):
        HarmTest.from_dict(HarmTest.start().to_dict() | {"lifts": [2.0]})
    with pytest.raises(ValueError, match="alpha"):
        HarmTest.start().harmful(0.0)
