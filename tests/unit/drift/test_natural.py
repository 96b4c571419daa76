"""A window is beyond natural variation only where the baseline's own stretches never were, all series together."""

import numpy as np
import pytest

from serin.drift.baseline import Baseline
from serin.drift.blocks import blocks
from serin.drift.calendar import Stretch
from serin.drift.compare import compare, differences
from serin.drift.findings import findings
from serin.drift.natural import natural_variation
from serin.drift.seasons import Seasons
from serin.stats.numeric_sketch import NumericSketch

DAYS, ROWS, DAY = 40, 300, 86_400.0


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
