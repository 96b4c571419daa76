"""A window is beyond natural variation only where the baseline's own stretches never were, all series together."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from serin.drift.baseline import Baseline
from serin.drift.blocks import blocks
from serin.drift.calendar import Stretch
from serin.drift.compare import compare, differences
from serin.drift.facets import Facets, facets, middles
from serin.drift.findings import findings
from serin.drift.natural import natural_variation
from serin.drift.seasons import Seasons
from serin.stats.numeric_bins import NumericBins
from serin.stats.numeric_sketch import NumericSketch

DAYS, ROWS, DAY = 40, 300, 86_400.0
WORLDS, CHANCE = 12, 0.1


def _days(number, series, seed):
    """Values [days, series, rows]: of each day a swing of its own, half of which all series share."""
    rng = np.random.default_rng(seed)
    swing = rng.normal(0, 0.7, (number, 1, 1)) + rng.normal(0, 0.7, (number, series, 1))
    return swing + rng.normal(size=(number, series, ROWS))


def _world(series):
    values = _days(DAYS, series, 1)
    baseline = Baseline.of({f"s{n}": values[:, n].ravel() for n in range(series)})
    cut = tuple(Stretch(f"day {day}", day * DAY, (day + 1) * DAY) for day in range(DAYS))
    counts = {
        key: np.array([NumericSketch(one.bins).update(day).counts for day in values[:, n]], float)
        for n, (key, one) in enumerate(baseline.series.items())
    }
    return baseline, Seasons(baseline.digest, cut, counts)


def _sketches(baseline, day):
    return {key: NumericSketch(one.bins).update(day[n]) for n, (key, one) in enumerate(baseline.series.items())}


@pytest.mark.parametrize("series", [2, 30])
def test_further_days_are_beyond_it_no_more_often_than_allowed(series):
    """However many series there are; chance alone would call every one of these days different."""
    baseline, seasons = _world(series)
    natural = natural_variation(blocks(seasons, DAY), baseline, 0.1)
    found = [findings(compare(_sketches(baseline, day), baseline), natural, 0.1) for day in _days(60, series, 2)]
    assert np.mean([bool(one) for one in found]) > 0.9
    beyond = np.mean([any(finding.is_beyond for finding in one) for one in found])
    assert beyond <= 0.1 + 2 * np.sqrt(0.1 * 0.9 / 60)


def _following(number, series, rng):
    """Means [days, series]: each day is like the one before (AR(1), 0.7)."""
    state, found = rng.normal(size=series), []
    for _ in range(number):
        found.append(state)
        state = 0.7 * state + np.sqrt(1 - 0.7**2) * rng.normal(size=series)
    return 0.12 * np.array(found)


def _drawn(edges, means, rows, rng):
    """Counts [days, slots] of normal rows with these means."""
    shares = np.diff(ndtr(edges - means[:, None]), prepend=0, append=1, axis=1)
    return np.pad(rng.multinomial(rows, shares), ((0, 0), (1, 2)))


def _month_after(series, rng):
    """Is each of twenty days, of a hundred times the rows, beyond what forty before them let expect?"""
    bins, names = NumericBins.of(np.linspace(-3, 3, 4001)), [f"s{n}" for n in range(series)]
    baseline = Baseline.of({name: np.linspace(-3, 3, 4001) for name in names})
    means = _following(DAYS + 20, series, rng)
    counts = {key: _drawn(bins.edges, means[:DAYS, n], ROWS, rng) for n, key in enumerate(baseline.series)}
    totals = {key: NumericSketch(bins, lines.sum(axis=0)) for key, lines in counts.items()}
    baseline = replace(baseline, sketches=totals)
    cut = tuple(Stretch(f"day {day}", day * DAY, (day + 1) * DAY) for day in range(DAYS))
    natural = natural_variation(blocks(Seasons(baseline.digest, cut, counts), DAY), baseline, CHANCE)
    beyond = np.zeros(20, bool)
    for n, (key, total) in enumerate(totals.items()):
        found = _drawn(bins.edges, means[DAYS:, n], 100 * ROWS, rng).astype(float)
        each = facets(found, np.broadcast_to(total.counts.astype(float), found.shape), middles(total))
        for day in range(20):
            now = Facets(each.distance[[day]], each.noise[[day]])
            beyond[day] |= (natural.times(key, now) > natural.limits).any()
    return beyond


def test_days_that_follow_each_other_are_beyond_it_no_more_often_than_allowed():
    """Though they wander farther from the baseline than neighbours do from each other, and have many more rows."""
    rng = np.random.default_rng(7)
    shares = np.mean([_month_after(30, rng) for _ in range(WORLDS)], axis=1)
    assert shares.mean() <= CHANCE + 2 * shares.std() / np.sqrt(WORLDS)


def test_a_stretch_is_held_against_those_that_are_not_beside_it():
    """A tenth of all on either side are left out, and of few none but itself."""
    baseline, seasons = _world(1)
    joined, total = blocks(seasons, DAY), baseline.sketches["feature:s0"].counts.astype(float)
    lines = joined.counts["feature:s0"]
    assert np.array_equal(joined.rest("feature:s0", total)[20], total - lines[16:25].sum(axis=0))
    assert np.array_equal(joined.rest("feature:s0", total)[0], total - lines[:5].sum(axis=0))
    few = Seasons(baseline.digest, seasons.stretches[:9], {key: one[:9] for key, one in seasons.counts.items()})
    assert np.array_equal(blocks(few, DAY).beside, np.eye(9))


def test_a_day_that_none_was_like_is_beyond_it():
    """A series at a place where it never was."""
    baseline, seasons = _world(5)
    natural = natural_variation(blocks(seasons, DAY), baseline, 0.03)
    day = _days(1, 5, 3)[0]
    day[2] += 6
    found = findings(compare(_sketches(baseline, day), baseline), natural, 0.03)
    assert {one.key for one in found if one.is_beyond} == {"feature:s2"}


def test_days_are_joined_to_stretches_as_long_as_the_window():
    """As long as sixteen are left, and not at all where there are fewer than eight days."""
    baseline, seasons = _world(1)
    joined = blocks(seasons, 2 * DAY)
    assert (len(joined), joined.size, joined.stretches[0].label) == (20, 2, "day 0 to day 1")
    assert np.array_equal(joined.counts["feature:s0"].sum(axis=0), baseline.sketches["feature:s0"].counts)
    assert blocks(seasons, 30 * DAY).size == 2
    few = Seasons(baseline.digest, seasons.stretches[:7], {key: c[:7] for key, c in seasons.counts.items()})
    assert blocks(few, DAY) is None


def test_a_year_is_compared_season_by_season():
    """A winter's value in summer is far from every day of it, though not from the year; a baseline of months can't."""
    weeks, rows = 53, 300
    rng = np.random.default_rng(5)
    warmth = 2 * np.sin(2 * np.pi * np.arange(weeks) / 52.18)
    values = warmth[:, None] + 0.4 * rng.normal(size=(weeks, 1)) + rng.normal(size=(weeks, rows))
    baseline = Baseline.of({"heat": values.ravel()})
    bins = baseline.series["feature:heat"].bins
    counts = np.array([NumericSketch(bins).update(week).counts for week in values], float)
    cut = tuple(Stretch(f"week {week}", week * 7 * DAY, (week + 1) * 7 * DAY) for week in range(weeks))
    joined = blocks(Seasons(baseline.digest, cut, {"feature:heat": counts}), 7 * DAY)
    natural = natural_variation(joined, baseline, 0.03)

    def beyond(shift, week):
        """A window of the year after, in that week."""
        found = {"feature:heat": NumericSketch(bins).update(shift + rng.normal(size=rows))}
        near = {"feature:heat": joined.season((week + 52.2) * 7 * DAY)["feature:heat"]}
        season = differences({"feature:heat": found["feature:heat"].counts.astype(float)}, near, baseline)
        return any(one.is_beyond for one in findings(compare(found, baseline), natural, 0.03, season))

    assert not beyond(2.0, 13)
    assert beyond(-2.0, 13)
    assert beyond(2.0, 39)
    months = Seasons(baseline.digest, cut[:20], {"feature:heat": counts[:20]})
    assert blocks(months, 7 * DAY).season(0.0) is None
