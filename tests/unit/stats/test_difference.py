"""SAFE: never said lightly of a candidate that is worse than the margin, soon said of one that is equal."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.stats.counts import Counts
from serin.stats.difference import DifferenceSequence
from serin.stats.rates import Interval, difference_interval, rate_interval
from tests.benchmarks.sequential import KINDS, minutes_to_safe, wrongly_safe
from tests.unit.stats.looks import counts, looks, many_looks

MARGIN = 0.02


def after(seen, margins=(0.005, 0.02, 0.1)):
    sequence = DifferenceSequence.start(margins)
    for control, candidate in seen:
        sequence = sequence.update(control, candidate)
    return sequence


@given(many_looks, looks)
def test_stored_and_loaded_it_goes_on_as_if_never_stopped(seen, then):
    """Through JSON and back the state is the same to the last bit."""
    sequence = after(seen)
    loaded = DifferenceSequence.from_dict(json.loads(json.dumps(sequence.to_dict())))
    assert loaded == sequence
    assert loaded.update(*then) == sequence.update(*then)


@given(many_looks)
def test_no_count_is_too_large(seen):
    """From no request to a billion a look, wealth is finite and the bound lies on the grid or says nothing."""
    sequence = after(seen)
    assert all(map(math.isfinite, itertools.chain(*sequence.log_wealth)))
    assert sequence.upper(0.05) in (*sequence.margins, 1.0)


@pytest.mark.parametrize("arm", [Counts(10**17, 10**17), Counts(0, 10**17)])
def test_a_rate_at_the_edge_of_the_floats_is_no_edge_of_the_test(arm):
    """All bad or all good for longer than a float can count: wealth stays finite."""
    sequence = after([(arm, arm)] * 3 + [(Counts(1, 2), Counts(1, 2))])
    assert all(map(math.isfinite, itertools.chain(*sequence.log_wealth)))


@given(many_looks, st.floats(0.001, 0.1), st.floats(0.1, 0.9), st.floats(0.005, 0.5), st.floats(0.0, 0.4))
def test_safe_for_a_margin_is_safe_for_a_larger_one(seen, strict, lax, margin, more):
    """More margin, or more willingness to err, never takes SAFE away."""
    sequence = after(seen)
    assert sequence.safe(0.05, margin + more) or not sequence.safe(0.05, margin)
    assert sequence.upper(lax) <= sequence.upper(strict)


@given(many_looks, st.integers(0, 10**9))
def test_one_arm_alone_is_never_evidence(seen, requests):
    """Without requests on both arms there is nothing to compare."""
    sequence = after(seen)
    assert sequence.update(Counts(0, requests), Counts()).log_wealth == sequence.log_wealth
    assert sequence.update(Counts(), Counts(0, requests)).log_wealth == sequence.log_wealth


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(1, 12), counts(1000), st.floats(0, 1), st.floats(0, 1))
def test_one_look_is_fair_for_every_harmful_candidate(n0, n1, past, place, more):
    """The mean of a look's factor is at most one at any rates beyond the margin: summed over all outcomes."""
    rate0 = place * (1 - MARGIN)
    rate1 = min(1.0, rate0 + MARGIN + more * (1 - MARGIN - rate0))
    before = after([(past, Counts())], (MARGIN,))
    mean = 0.0
    for b0, b1 in itertools.product(range(n0 + 1), range(n1 + 1)):
        chance = math.comb(n0, b0) * rate0**b0 * (1 - rate0) ** (n0 - b0)
        chance *= math.comb(n1, b1) * rate1**b1 * (1 - rate1) ** (n1 - b1)
        wealth = before.update(Counts(b0, n0), Counts(b1, n1)).log_wealth[0]
        mean += chance * float(np.exp(wealth).sum())
    assert mean <= 1 + 1e-9


@pytest.mark.parametrize("name", list(KINDS)[1:4])
def test_harmful_candidates_are_rarely_called_safe(name):
    """Worse by exactly the margin, under steps, days and nights, a shared outage: 150 runs of a day, seed 11."""
    assert wrongly_safe(name, MARGIN, runs=150, seed=11) <= 0.08


def test_pooled_rates_would_be_fooled_where_the_sequence_is_not():
    """An outage while control had nearly all traffic makes the candidate look better in pooled counts."""
    outage = [(Counts(297, 990), Counts(4, 10))] * 20
    calm = [(Counts(5, 500), Counts(25, 500))] * 20
    pooled = [sum((arm for arm in arms), Counts()) for arms in zip(*outage, *calm, strict=True)]
    assert difference_interval(*pooled, alpha=0.05).high < MARGIN
    assert not after(outage + calm, (MARGIN,)).safe(0.05, MARGIN)


def test_an_equal_candidate_is_soon_safe():
    """Median within 15 minutes at 900 + 100 requests, 1 % bad, margin 2 %: 200 runs, seed 11."""
    assert minutes_to_safe(next(iter(KINDS)), MARGIN, runs=200, seed=11) <= 15


def test_margins_outside_the_grid_are_never_safe():
    """Nothing is said about a margin finer than all that are tested."""
    sequence = after([(Counts(0, 10**6), Counts(0, 10**6))] * 5)
    assert sequence.upper(0.05) == 0.005
    assert not sequence.safe(0.05, 0.004)
    assert sequence.log_e(0.01) > 3
    with pytest.raises(ValueError, match="below all margins"):
        sequence.log_e(0.004)
    with pytest.raises(ValueError, match="between 0 and 1"):
        DifferenceSequence.start((0.0,))
    with pytest.raises(ValueError, match="differ in number"):
        DifferenceSequence.from_dict(sequence.to_dict() | {"log_peaks": [0.0]})


@given(counts(), st.floats(0.001, 0.1), st.floats(0.1, 0.9))
def test_a_rate_lies_in_its_interval(seen, strict, lax):
    """The observed rate is inside, the ends are chances, and more certainty is a wider interval."""
    wide, narrow = rate_interval(seen, strict), rate_interval(seen, lax)
    assert 0 <= wide.low <= narrow.low <= narrow.high <= wide.high <= 1
    assert seen.rate is None or narrow.low <= seen.rate <= narrow.high


def test_intervals_hold_at_all_looks_at_once():
    """Share of 300 runs of 100 looks in which the truth is ever outside: at most alpha, seed 13."""
    rng = np.random.default_rng(13)
    bad = np.cumsum(rng.binomial(50, 0.05, (300, 100)), axis=1)
    ends: dict[tuple[int, int], Interval] = {}
    misses = 0
    for run in bad.tolist():
        seen = list(zip(run, range(50, 5050, 50), strict=True))
        ends |= {pair: rate_interval(Counts(*pair), 0.05) for pair in seen if pair not in ends}
        misses += any(not ends[pair].low <= 0.05 <= ends[pair].high for pair in seen)
    assert misses <= 15
