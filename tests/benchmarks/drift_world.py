"""A model with its baseline and real flights to watch, from which windows of any size and with any fault are made.

Two worlds: in one the flights of January and February are drawn independently, and the baseline has no time; in the
other the baseline is the odd days of 2013, cut into weeks, and each window is a real week of even days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from infra.demo import flights
from serin.drift.baseline import Baseline, watched
from serin.drift.calendar import stretches
from serin.drift.examine import Happened
from serin.drift.outcome_quality import BINS, Outcomes
from serin.drift.score_quality import CLASSIFICATION, ScoreQuality
from serin.drift.seasons import Observed, Seasons
from serin.drift.window import WindowSketch
from serin.drift.worth import Worth
from serin.stats.moments import Moments

__all__ = ["Rows", "World", "by_week", "independent"]

TEXTS = ("origin_code", "carrier_code")
KEY = "score:p[1]"
DAY = 86_400
_MONDAY = 1_357_516_800  # 2013-01-07


@dataclass(frozen=True)
class Rows:
    """Features as float64 [rows, 20], what happened, when (epoch seconds), and what each prediction was worth."""

    features: np.ndarray
    late: np.ndarray
    times: np.ndarray

    def take(self, places: np.ndarray) -> "Rows":
        return Rows(self.features[places], self.late[places], self.times[places])


@dataclass(frozen=True)
class World:
    """`pool` are flights that neither the model nor the baseline has seen. `names` are the features that are watched;
    those beyond the twenty are made up, in groups that depend on each other."""

    model: HistGradientBoostingClassifier
    base: Rows
    known: np.ndarray
    pool: Rows
    names: tuple[str, ...]
    timed: bool

    def scores(self, features: np.ndarray) -> np.ndarray:
        return np.round(self.model.predict_proba(features), 6)

    @cached_property
    def baseline(self) -> Baseline:
        columns, scores = self._columns(self.base, 0), {"p": self.scores(self.base.features)}
        return Baseline.of(columns, scores=scores, confidence="p")

    @cached_property
    def seasons(self) -> Seasons:
        rows, scores = np.arange(len(self.base.late)), self.scores(self.base.features)
        cut = list(stretches(self.base.times)) if self.timed else []
        windows = tuple(places for stretch, places in cut if stretch.start is not None)
        outcomes = np.where(self.known, self.base.late, np.nan)
        origins = self.base.features[:, flights.FEATURES.index("origin_code")]
        segments = {f"origin={int(code)}": np.flatnonzero(origins == code) for code in np.unique(origins)}
        bins = self.baseline.series[KEY].bins
        quality = ScoreQuality.of(KEY, bins, CLASSIFICATION, scores[:, 1], outcomes, segments, windows)
        made = watched(self._columns(self.base, 0), {}, {"p": scores}, "p")
        return Seasons.of(self.baseline, cut, [Observed(key, values, rows) for key, _, values in made], quality)

    def week(self, number: int) -> Rows:
        """The pool's flights of a week of 2013, counted from the first full one."""
        start = _MONDAY + number * 7 * DAY
        return self.pool.take(np.flatnonzero((self.pool.times >= start) & (self.pool.times < start + 7 * DAY)))

    def window(self, rows: Rows, seed: int) -> WindowSketch:
        found = WindowSketch.of(self.baseline, "simulator", seed)
        columns = {name: values.reshape(-1, 1) for name, values in self._columns(rows, seed + 1).items()}
        found.observe(columns, {"p": self.scores(rows.features)}, len(rows.late), float(rows.times[0]))
        found.settle()
        return found

    def _columns(self, rows: Rows, seed: int) -> dict[str, np.ndarray]:
        found = {}
        for place, name in enumerate(flights.FEATURES):
            if name in self.names:
                values = rows.features[:, place]
                found[name] = np.array([f"c{v:g}" for v in values], object) if name in TEXTS else values
        return found | _made_up(len(self.names) - len(found), len(rows.late), seed)


def happened(world: World, rows: Rows, seen: Rows, worth: tuple[np.ndarray, tuple[Moments, ...]]) -> Happened:
    """`seen` are the rows as the model saw them, `worth` the KPI of each, and what it was in the windows before."""
    scores = world.scores(seen.features)[:, 1]
    origins = rows.features[:, flights.FEATURES.index("origin_code")]
    groups = {"": np.ones(len(scores), bool)} | {f"origin={code}": origins == code for code in range(3)}
    outcomes = {name: _outcomes(scores[places], rows.late[places]) for name, places in groups.items()}
    return Happened(outcomes, {"dollars": Worth(worth[1], _moments(worth[0]))})


def worth_of(rows: Rows, rng: np.random.Generator) -> np.ndarray:
    """Dollars a prediction: a late flight costs, whatever was said of it; amounts vary."""
    return rng.gamma(4.0, 5.0, len(rows.late)) - 15.0 * rows.late


def earlier(world: World, rng: np.random.Generator) -> tuple[Moments, ...]:
    """The KPI in eight windows before this one: weeks of any season where there is time."""
    weeks = (world.week(int(week)) if world.timed else world.pool for week in rng.integers(2, 50, 8))
    return tuple(_moments(worth_of(rows.take(rng.integers(0, len(rows.late), 2_000)), rng)) for rows in weeks)


def independent(names: tuple[str, ...]) -> World:
    return World(*_parts(_flights((1, 2)), names), timed=False)


def by_week(names: tuple[str, ...]) -> World:
    rows = _flights(tuple(range(1, 13)))
    even = (rows.times // DAY) % 2 == 0
    model, base, known, _, names = _parts(rows.take(np.flatnonzero(~even)), names)
    return World(model, base, known, rows.take(np.flatnonzero(even)), names, timed=True)


def _parts(rows: Rows, names: tuple[str, ...]) -> tuple:
    """Trained on two fifths; half of the baseline was seen in training and has no outcomes, half was not."""
    drawn = np.random.default_rng(1).random(len(rows.late))
    model = HistGradientBoostingClassifier(max_iter=80, max_depth=4, random_state=1)
    trained = rows.take(np.flatnonzero(drawn < 0.4))
    model.fit(trained.features, trained.late)
    base = np.flatnonzero((drawn > 0.2) & (drawn < 0.7))
    return model, rows.take(base), drawn[base] >= 0.4, rows.take(np.flatnonzero(drawn >= 0.7)), names


def _flights(months: tuple[int, ...]) -> Rows:
    parts = [(*flights.month(number), flights.times(number)) for number in months]
    features, late, times = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return Rows(features.astype(np.float64), late, times.astype(np.float64))


def _made_up(number: int, rows: int, seed: int) -> dict[str, np.ndarray]:
    """Groups of ten that share a factor, alternately normal and skewed, whole and with gaps."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(-(-number // 10), rows))
    found = {}
    for place in range(number):
        values = 0.8 * factors[place // 10] + 0.6 * rng.normal(size=rows)
        forms = (values, np.exp(values), np.round(2 * values), np.where(values < -1.5, np.nan, values))
        found[f"made_up_{place}"] = forms[place % 4]
    return found


def _outcomes(scores: np.ndarray, late: np.ndarray) -> Outcomes:
    places = np.minimum((scores * BINS).astype(int), BINS - 1)
    sums = (np.bincount(places, weights, BINS) for weights in (None, late, scores))
    lines: Mapping[int, tuple[int, int, float]] = {
        place: (int(n), int(positive), float(total))
        for place, (n, positive, total) in enumerate(zip(*sums, strict=True))
        if n
    }
    return Outcomes(lines)


def _moments(values: np.ndarray) -> Moments:
    return Moments(len(values), float(values.sum()), float((values**2).sum()))
