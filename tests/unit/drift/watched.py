"""A small classifier's world: six features, a score that two of them make, outcomes, and sixty days of them."""

from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from serin.drift.baseline import Baseline, watched
from serin.drift.budget import Budget
from serin.drift.calendar import stretches
from serin.drift.examine import Happened, examine
from serin.drift.outcome_quality import BINS, Outcomes
from serin.drift.score_quality import CLASSIFICATION, ScoreQuality
from serin.drift.seasons import Observed, Seasons
from serin.drift.window import WindowSketch

NAMES = ("age", "load", "speed", "heat", "mass", "place")
KEY = "score:p"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
ROWS, DAYS, DAY, START = 12_000, 60, 86_400, 1_356_998_400


def rows(number, seed, day=None):
    """Features by name, scores, and what happened. `heat` swings from day to day, where a day is given for each row."""
    rng = np.random.default_rng(seed)
    found = {name: rng.normal(size=number) for name in NAMES[:4]}
    found["mass"] = rng.integers(0, 5, number).astype(float)
    found["place"] = rng.choice(np.array(["north", "south", "west"], object), number)
    if day is not None:
        found["heat"] = found["heat"] + np.random.default_rng(99).normal(0, 1.5, 1_000)[day]
    scores = scores_of(found)
    return found, scores, (rng.random(number) < scores).astype(float)


def scores_of(found):
    return 1 / (1 + np.exp(-(np.nan_to_num(found["age"]) + np.nan_to_num(found["load"]) - 1)))


@lru_cache
def world(timed=False):
    """The baseline and its second document."""
    times = START + np.sort(np.random.default_rng(7).random(ROWS)) * DAYS * DAY
    days = ((times - START) // DAY).astype(int)
    found, scores, happened = rows(ROWS, 1, days if timed else None)
    baseline = Baseline.of(found, scores={"p": scores}, confidence="p")
    cut = list(stretches(times)) if timed else []
    windows = tuple(places for stretch, places in cut if stretch.start is not None)
    segments = {f"place={name}": np.flatnonzero(found["place"] == name) for name in ("north", "south", "west")}
    bins = baseline.series[KEY].bins
    quality = ScoreQuality.of(KEY, bins, CLASSIFICATION, scores, happened, segments, windows)
    made = watched(found, {}, {"p": scores}, "p")
    every = np.arange(ROWS)
    return baseline, Seasons.of(baseline, cut, [Observed(key, values, every) for key, _, values in made], quality)


def window(found, scores=None, timed=False, seed=1):
    baseline, _ = world(timed)
    seen = WindowSketch.of(baseline, "w", seed)
    scores = scores_of(found) if scores is None else scores
    seen.observe({name: values.reshape(-1, 1) for name, values in found.items()}, {"p": scores}, len(scores), START)
    return seen


def outcomes(scores, happened, place=None):
    """By segment where places are given."""
    groups = {"": np.ones(len(scores), bool)}
    if place is not None:
        groups |= {f"place={name}": place == name for name in ("north", "south", "west")}
    return {name: _sums(scores[at], happened[at]) for name, at in groups.items()}


def _sums(scores, happened):
    places = np.minimum((scores * BINS).astype(int), BINS - 1)
    sums = (np.bincount(places, weights, BINS) for weights in (None, happened, scores))
    return Outcomes({at: (int(n), int(p), float(s)) for at, (n, p, s) in enumerate(zip(*sums, strict=True)) if n})


def judge(found, scores, happened, *, timed=False, kpis=None, seconds=DAY, **options):
    """The diagnosis of a window with outcomes."""
    baseline, seasons = world(timed)
    told = Happened(outcomes(scores_of(found) if scores is None else scores, happened, found["place"]), kpis or {})
    return examine(
        window(found, scores, timed), baseline, seasons, told, Budget(), NOW, seconds=seconds, **options
    )  # fmt: skip
