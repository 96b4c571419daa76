"""Do bounds of differences and ratios hold for all pairs at once, for any counts? And are they not too wide?"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from serin.stats.mean_limits import Mean
from serin.stats.pairwise import pairwise, radius
from serin.stats.proportion import Proportion

rates = st.sampled_from([0.0, 1.0]) | st.floats(1e-9, 1 - 1e-9)  # scipy's pmf overflows at 1e-308


@given(st.integers(1, 25), st.integers(1, 25), rates, rates, st.floats(-5, -0.5))
@settings(max_examples=60)
def test_a_bound_fails_as_rarely_as_promised(n1, n2, p1, p2, exponent):
    """By the exact distribution of both counts: difference, ratio and the figure itself, all by one event."""
    alpha = 10**exponent
    samples = [*(Proportion(x, n1) for x in range(n1 + 1)), *(Proportion(x, n2) for x in range(n2 + 1))]
    found = pairwise(samples, radius(alpha, 1))
    wrong = found.difference[: n1 + 1, n1 + 1 :] > p1 - p2 + 1e-12
    wrong |= found.ratio[: n1 + 1, n1 + 1 :] * p2 > p1 + 1e-12
    wrong |= found.low[: n1 + 1, None] > p1 + 1e-12
    chances = np.outer(binom.pmf(np.arange(n1 + 1), n1, p1), binom.pmf(np.arange(n2 + 1), n2, p2))
    assert chances[wrong].sum() <= alpha * (1 + 1e-6)


def test_all_pairs_hold_together():
    """Six unlike groups, 4,000 seeded draws: some bound fails in no more than five of a hundred."""
    rates, sizes = np.array([0.01, 0.05, 0.3, 0.3, 0.5, 0.97]), np.array([40, 200, 15, 300, 60, 70])
    every = pairwise([Proportion(x, n) for n in sizes.tolist() for x in range(n + 1)], radius(0.05, 30))
    starts = np.concatenate([[0], np.cumsum(sizes + 1)[:-1]])
    drawn = starts + np.random.default_rng(3).binomial(sizes, rates, (4000, 6))
    chosen = drawn[:, :, None], drawn[:, None, :]
    over = every.difference[chosen] > rates[:, None] - rates + 1e-12
    over |= every.ratio[chosen] > rates[:, None] / rates + 1e-12
    failed = (over & ~np.eye(6, dtype=bool)).any(axis=(1, 2))
    assert failed.mean() <= 0.05
    assert failed.any()


def test_the_radius_is_that_of_the_mixture():
    """Of two normal scores, those below zero counting as zero: a million draws."""
    scores = np.maximum(np.random.default_rng(4).normal(size=(1_000_000, 2)), 0)
    for alpha in (0.1, 0.01):
        assert ((scores**2).sum(axis=1) >= radius(alpha, 1) ** 2).mean() == pytest.approx(alpha, rel=0.05)
    with pytest.raises(ValueError, match="between 0 and 1"):
        radius(0.0, 1)


@given(st.integers(20, 400), st.integers(20, 400), st.floats(0.2, 0.8), st.floats(0.2, 0.8))
@settings(max_examples=30)
def test_it_is_little_wider_than_newcombe_s(n1, n2, p1, p2):
    """Which is an approximation: a quarter, and one row of each, is the price of what holds for any counts."""
    x1, x2 = round(p1 * n1), round(p2 * n2)
    found = pairwise([Proportion(x1, n1), Proportion(x2, n2)], radius(0.05, 2))
    low, high = _newcombe(x1, n1, x2, n2, norm.isf(0.025))
    assert found.difference[0, 1] <= low + 1e-9
    assert -found.difference[1, 0] >= high - 1e-9
    assert -found.difference[1, 0] - found.difference[0, 1] <= 1.25 * (high - low) + 1 / n1 + 1 / n2


def test_for_symmetric_limits_it_is_the_recovery_of_variances():
    """Zou and Donner's: value - value - r sqrt(s^2 + s^2)."""
    one, two = Mean(10**9, 3.0, 30_000.0), Mean(10**9, 1.0, 40_000.0)
    found, half = pairwise([one, two], 3.0), 3.0 * math.hypot(30_000, 40_000) / math.sqrt(10**9)
    assert found.difference[0, 1] == pytest.approx(2 - half, rel=1e-3)


def test_nothing_seen_bounds_nothing_and_breaks_nothing():
    """No group, an empty one, values without end, figures that are surely zero."""
    assert pairwise([], 3.0).difference.shape == (0, 0)
    found = pairwise([Proportion(0, 0), Proportion(5, 10)], 3.0)
    assert (found.low[0], found.high[0], found.ratio[0, 1]) == (0, 1, 0)
    assert pairwise([Mean(0, None, 0.0), Mean(5, 1.0, 1.0)], 3.0).difference[0, 1] == -np.inf
    assert pairwise([Mean(9, 0.0, 0.0, 0.0)] * 2, 3.0).ratio.tolist() == [[1, 1], [1, 1]]


def _newcombe(x1, n1, x2, n2, z):
    """Newcombe 1998, method 10."""
    (p1, l1, u1), (p2, l2, u2) = _wilson(x1, n1, z), _wilson(x2, n2, z)
    return p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2)


def _wilson(x, n, z):
    p = x / n
    middle, half = (p + z * z / 2 / n), z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return p, (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def test_the_comparison_is_with_newcombe_s_own_example():
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (his table II, a)."""
    assert _newcombe(56, 70, 48, 80, norm.isf(0.025)) == pytest.approx((0.0524, 0.3339), abs=1e-4)
