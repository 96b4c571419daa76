"""Distances between sketches are those between the data, within what their docstrings say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from serin.stats.jensen_shannon import jensen_shannon
from serin.stats.kolmogorov_smirnov import kolmogorov_smirnov
from serin.stats.numeric_bins import NumericBins
from serin.stats.numeric_sketch import NumericSketch
from serin.stats.population_stability import population_stability
from serin.stats.wasserstein import wasserstein

DRAW = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "uniform": lambda rng, n: rng.random(n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "lognormal": lambda rng, n: rng.lognormal(size=n),
    "heavy tails": lambda rng, n: rng.standard_t(3, n),
    "two humps": lambda rng, n: np.where(rng.random(n) < 0.3, rng.normal(-4, 0.2, n), rng.normal(3, 1, n)),
    "half zeros": lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, rng.exponential(size=n)),
}
CHANGE = {
    "none": lambda x: x,
    "a little": lambda x: x + 0.1 * x.std(),
    "shifted": lambda x: x + 0.5 * x.std(),
    "scaled": lambda x: x * 1.2,
    "another unit": lambda x: x * 1000,
    "outside": lambda x: x - 30 * x.std(),
}


def _pair(kind, change, rows=(6400, 1000), seed=0):
    rng = np.random.default_rng([seed, *kind.encode()])
    baseline, window = DRAW[kind](rng, rows[0]), CHANGE[change](DRAW[kind](rng, rows[1]))
    bins = NumericBins.of(baseline)
    return baseline, window, NumericSketch(bins).update(baseline), NumericSketch(bins).update(window)


@pytest.mark.parametrize("change", CHANGE)
@pytest.mark.parametrize("kind", DRAW)
def test_kolmogorov_smirnov_is_within_a_64th(kind, change):
    """Against scipy on the raw data: never too large, at most 1/64 too small."""
    baseline, window, one, other = _pair(kind, change)
    exact = stats.ks_2samp(baseline, window).statistic
    assert -1 / 64 - 1e-12 <= kolmogorov_smirnov(one, other) - exact <= 1e-12


@pytest.mark.parametrize("change", CHANGE)
@pytest.mark.parametrize("kind", DRAW)
def test_wasserstein_is_within_a_hundredth_of_the_standard_deviation(kind, change):
    """Against scipy on the raw data: never too large but for rounding."""
    baseline, window, one, other = _pair(kind, change)
    exact = stats.wasserstein_distance(baseline, window)
    assert -0.01 * baseline.std() <= wasserstein(one, other) - exact <= 1e-4 * (baseline.std() + exact)


def test_both_are_exact_for_few_values():
    """Hours of the day have a bin each."""
    rng = np.random.default_rng(5)
    baseline, window = rng.integers(0, 24, 500), rng.integers(3, 20, 300)
    bins = NumericBins.of(baseline)
    one, other = NumericSketch(bins).update(baseline), NumericSketch(bins).update(window)
    assert kolmogorov_smirnov(one, other) == pytest.approx(stats.ks_2samp(baseline, window).statistic)
    assert wasserstein(one, other) == pytest.approx(stats.wasserstein_distance(baseline, window))


finite = st.lists(st.floats(-100, 100), min_size=1, max_size=80)


@settings(max_examples=60)
@given(st.lists(st.floats(-100, 100), min_size=64, max_size=300), finite)
def test_the_bound_of_kolmogorov_smirnov_holds_for_any_data(baseline, window):
    """Ties, atoms and values outside included."""
    bins = NumericBins.of(baseline)
    found = kolmogorov_smirnov(NumericSketch(bins).update(baseline), NumericSketch(bins).update(window))
    exact = stats.ks_2samp(baseline, window, method="asymp").statistic
    assert -1 / 64 - 1e-9 <= found - exact <= 1e-9


@settings(max_examples=60)
@given(finite, finite, finite)
def test_nothing_is_far_from_itself_and_the_order_does_not_matter(baseline, one, other):
    """All four are symmetric, zero for the same sketch, and none is below zero."""
    bins = NumericBins.of(baseline)
    a, b = NumericSketch(bins).update(one), NumericSketch(bins).update(other)
    for distance, x, y in (
        (kolmogorov_smirnov, a, b), (wasserstein, a, b), (jensen_shannon, a.counts, b.counts),
        (population_stability, a.counts, b.counts),
    ):  # fmt: skip
        assert distance(x, x) == pytest.approx(0.0, abs=1e-12)
        assert distance(x, y) == pytest.approx(distance(y, x))
        assert distance(x, y) >= 0


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=20))
def test_jensen_shannon_is_scipys(pairs):
    """From the same counts, in base 2."""
    one, other = zip(*pairs, strict=True)
    found = jensen_shannon(one, other)
    if not sum(one) or not sum(other):
        assert found is None
    else:
        expected = np.nan_to_num(jensenshannon(np.array(one) / sum(one), np.array(other) / sum(other), base=2))
        assert found == pytest.approx(expected, abs=1e-7)
        assert 0 <= found <= 1 + 1e-9


def test_population_stability_is_its_formula_on_the_raw_data():
    """From a histogram over the same edges, with half a row more in each."""
    baseline, window, one, other = _pair("normal", "shifted")
    edges = [-np.inf, *one.bins.edges, np.inf]
    p, q = (np.histogram(values, edges)[0] for values in (baseline, window))
    some = p + q > 0
    p, q = ((counts[some] + 0.5) / (counts[some] + 0.5).sum() for counts in (p, q))
    found = population_stability(one.counts, other.counts)
    assert found == pytest.approx(((p - q) * np.log(p / q)).sum())
    assert found == pytest.approx(0.25, abs=0.1)  # two normal distributions half a deviation apart


def test_no_values_are_no_distance():
    """Undecided, not zero; and other bins can't be compared."""
    bins = NumericBins.of([0.0, 1.0])
    empty, some = NumericSketch(bins).update([np.nan]), NumericSketch(bins).update([1.0])
    other = NumericSketch(NumericBins.of([5.0]))
    for distance in (kolmogorov_smirnov, wasserstein):
        assert distance(empty, some) is None
        with pytest.raises(ValueError, match="same bins"):
            distance(some, other)
    for distance in (jensen_shannon, population_stability):
        assert distance([0, 0], [1, 2]) is None
        with pytest.raises(ValueError, match="same bins"):
            distance([1, 2], [1, 2, 3])
