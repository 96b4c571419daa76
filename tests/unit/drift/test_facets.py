"""What sketches say of a difference is what the rows say, however they were gathered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from serin.drift.facets import FACETS, facets, log_chances, middles
from serin.stats.category_sketch import CategoryBins, CategorySketch
from serin.stats.numeric_bins import NumericBins
from serin.stats.numeric_sketch import NumericSketch

numbers = st.lists(st.floats(-50, 50) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 1.0]), min_size=1, max_size=120)
letters = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=60)


def _facets(now, before):
    found = facets(now.counts[None].astype(float), before.counts[None].astype(float), middles(before))
    return dict(zip(FACETS, found.distance[0].tolist(), strict=True))


@settings(max_examples=100)
@given(numbers, numbers)
def test_rates_are_exact_and_the_shape_is_kolmogorovs(before, now):
    """To 1/64 for numbers, which is what a bin holds at most; missing and infinite values exactly."""
    bins = NumericBins.of(before)
    found = _facets(NumericSketch(bins).update(now), NumericSketch(bins).update(before))
    one, other = np.array(before), np.array(now)
    assert found["null"] == pytest.approx(abs(np.isnan(one).mean() - np.isnan(other).mean()))
    assert found["infinite"] == pytest.approx(abs(np.isinf(one).mean() - np.isinf(other).mean()))
    one, other = one[np.isfinite(one)], other[np.isfinite(other)]
    if one.size and other.size:
        exact = ks_2samp(one, other, method="asymp").statistic
        assert exact - 1 / 64 - 1e-9 <= found["shape"] <= exact + 1e-9
        outside = np.mean((other < one.min()) | (other > one.max()))
        assert outside - 1e-9 <= found["unseen"] <= 1
    else:
        assert found["shape"] == found["unseen"] == found["crowded"] == 0


@settings(max_examples=60)
@given(letters, letters)
def test_categories_that_were_never_seen_are_counted_exactly(before, now):
    """Among those that are not missing."""
    bins = CategoryBins.of(np.array(before, object))
    found = _facets(*(CategorySketch(bins).update(np.array(one, object)) for one in (now, before)))
    known = [one for one in now if one is not None]
    if known and any(one is not None for one in before):
        assert found["unseen"] == pytest.approx(np.mean([one not in before for one in known]))


@settings(max_examples=40)
@given(numbers, st.lists(numbers, min_size=2, max_size=5), st.randoms())
def test_the_order_in_which_a_window_is_merged_changes_nothing(before, parts, random):
    """All facets and chances are of the sum."""
    bins = NumericBins.of(before)
    base = NumericSketch(bins).update(before)
    whole = NumericSketch(bins).update(np.concatenate(parts))
    random.shuffle(parts)
    merged = NumericSketch(bins)
    for part in parts:
        merged += NumericSketch(bins).update(part)
    assert _facets(merged, base) == _facets(whole, base)
    chances = [log_chances(one.counts.astype(float), base.counts.astype(float), True) for one in (merged, whole)]
    assert np.array_equal(*chances)


@pytest.mark.parametrize("moved", [-3.0, -0.5, 0.0, 0.3, 2.0])
def test_a_place_is_where_the_mean_is(moved):
    """In standard deviations, as far as there are bins: what lies outside counts as lying at their ends."""
    rng = np.random.default_rng(6)
    before, now = rng.gamma(4.0, size=20_000), rng.gamma(4.0, size=5_000) + 2 * moved
    bins = NumericBins.of(before)
    found = _facets(NumericSketch(bins).update(now), NumericSketch(bins).update(before))
    within = np.clip(now, before.min(), before.max())
    assert found["place"] == pytest.approx(abs(within.mean() - before.mean()) / before.std(), abs=0.03)
    assert (found["place"] > 0.25) == (moved != 0)


def test_rows_drawn_alike_are_hardly_ever_found_different():
    """Of 200 windows of a series with ties, gaps and missing values less than one in a hundred at a chance of 1 %."""
    rng = np.random.default_rng(4)

    def draw(rows):
        values = np.where(rng.random(rows) < 0.3, rng.integers(0, 5, rows), rng.lognormal(size=rows))
        return np.where(rng.random(rows) < 0.05, np.nan, values)

    before = draw(5_000)
    bins = NumericBins.of(before)
    counts = NumericSketch(bins).update(before).counts.astype(float)
    found = [log_chances(NumericSketch(bins).update(draw(400)).counts.astype(float), counts, True) for _ in range(200)]
    assert (np.array(found) < np.log(0.01)).mean(axis=0).max() <= 0.01


def test_a_new_category_of_many_rare_ones_is_no_news():
    """Where half of a baseline's categories were seen once, most windows have some that it has not."""
    rng = np.random.default_rng(5)
    before, now = (np.array([f"id{n}" for n in rng.zipf(1.3, 3_000) % 10**6], object) for _ in range(2))
    bins = CategoryBins.of(before)
    one, other = CategorySketch(bins).update(now), CategorySketch(bins).update(before)
    unseen = FACETS.index("unseen")
    found = log_chances(one.counts.astype(float), other.counts.astype(float), False, once=len(bins.known))
    assert one.unseen > 300
    assert found[unseen] > np.log(0.001)
    few = log_chances(np.array([80.0, 20, 0, 30, 0]), np.array([16_000.0, 4_000, 0, 0, 0]), False)
    assert few[unseen] < np.log(1e-8)
