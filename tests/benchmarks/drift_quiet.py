"""Quiet data: rows of a few classes, through which features depend on each other, and days that differ by their mix.

Windows are drawn as counts, exactly as rows would give them, so that months of large windows take seconds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from scipy.special import expit, logit, ndtr

from serin.drift.baseline import Baseline, watched
from serin.drift.budget import Budget
from serin.drift.calendar import stretches
from serin.drift.diagnosis import Diagnosis
from serin.drift.examine import Happened, examine
from serin.drift.outcome_quality import BINS, Outcomes
from serin.drift.score_quality import CLASSIFICATION, ScoreQuality
from serin.drift.seasons import Observed, Seasons
from serin.drift.window import WindowSketch
from serin.drift.worth import Worth
from serin.stats.moments import Moments
from serin.stats.numeric_sketch import NumericSketch

__all__ = ["Endpoint", "month"]

CLASSES, DAYS, ROWS, DAY = 12, 60, 500, 86_400
NULLS, FINE = 0.05, 500
KEY = "score:p"


@dataclass(frozen=True)
class Endpoint:
    """Of `features` series. `swing` is how much the days' mixes differ, in logits; they follow each other like weather
    (AR(1), 0.7). Without one the rows are independent, and the baseline has no time."""

    features: int
    swing: float
    seed: int

    @cached_property
    def means(self) -> np.ndarray:
        """By class and series; the last is the score's logit."""
        rng = np.random.default_rng(self.seed)
        return np.column_stack([rng.normal(0, 0.6, (CLASSES, self.features)), rng.normal(-1, 0.7, CLASSES)])

    @cached_property
    def mixes(self) -> np.ndarray:
        """Shares of the classes, by day: those of the baseline, and thirty more."""
        rng, days = np.random.default_rng(self.seed + 1), DAYS + 30
        state, found = rng.normal(size=CLASSES), []
        for _ in range(days):
            state = 0.7 * state + np.sqrt(1 - 0.7**2) * rng.normal(size=CLASSES)
            weights = np.exp(self.swing * state + np.linspace(0, 1, CLASSES))
            found.append(weights / weights.sum())
        return np.array(found)

    @cached_property
    def documents(self) -> tuple[Baseline, Seasons]:
        rng = np.random.default_rng(self.seed + 2)
        days = np.repeat(np.arange(DAYS), ROWS)
        classes = np.concatenate([rng.choice(CLASSES, ROWS, p=self.mixes[day]) for day in range(DAYS)])
        values = self.means[classes] + rng.normal(size=(days.size, self.features + 1))
        columns = {f"f{n}": _form(n, values[:, n], rng) for n in range(self.features)}
        scores = expit(values[:, -1])
        baseline = Baseline.of(columns, scores={"p": scores})
        cut = list(stretches(days * float(DAY) + rng.random(days.size) * DAY)) if self.swing else []
        windows = tuple(places for stretch, places in cut if stretch.start is not None)
        late = (rng.random(days.size) < scores).astype(float)
        quality = ScoreQuality.of(KEY, baseline.series[KEY].bins, CLASSIFICATION, scores, late, {}, windows)
        every = np.arange(days.size)
        made = watched(columns, {}, {"p": scores}, None)
        return baseline, Seasons.of(baseline, cut, [Observed(key, found, every) for key, _, found in made], quality)

    @cached_property
    def chances(self) -> np.ndarray:
        """[class, series, slot], filled up with zeros."""
        series = list(self.documents[0].series.values())
        slots = max(one.bins.edges.size + 4 for one in series)
        found = np.zeros((CLASSES, len(series), slots))
        for place, one in enumerate(series):
            below = ndtr(_unformed(place if place < self.features else -1, one.bins.edges) - self.means[:, [place]])
            shares = np.diff(below, prepend=0, append=1, axis=1)
            missing = NULLS if place < self.features and place % 4 == 3 else 0.0
            found[:, place, 1 : shares.shape[1] + 1] = shares * (1 - missing)
            found[:, place, one.bins.edges.size + 3] = missing
        return found

    @cached_property
    def fine(self) -> np.ndarray:
        """[class, fine bin of the score]."""
        return np.diff(ndtr(logit(np.linspace(0, 1, FINE + 1)) - self.means[:, [-1]]), axis=1)

    def window(self, day: int, rows: int, rng: np.random.Generator) -> tuple[WindowSketch, Happened]:
        baseline = self.documents[0]
        of_class = rng.multinomial(rows, self.mixes[day])
        counts = rng.multinomial(of_class[:, None], self.chances).sum(axis=0)
        sketches = {}
        for line, (key, one) in zip(counts, baseline.series.items(), strict=True):
            size = one.bins.edges.size + 4
            sketches[key] = NumericSketch(one.bins, line[:size].astype(np.int64))
        fine = rng.multinomial(of_class, self.fine).sum(axis=0)
        seen = WindowSketch(baseline, [("quiet", day)], rows=rows, start=0.0, end=float(DAY), sketches=sketches)
        return seen, Happened({"": _outcomes(fine, rng)}, {"dollars": _worth(rows, rng)})


def month(endpoint: Endpoint, rows: int, budget: Budget) -> list[Diagnosis]:
    """Thirty daily windows, as they follow the baseline."""
    rng, (baseline, seasons) = np.random.default_rng(endpoint.seed + rows), endpoint.documents
    now, found = datetime(2026, 1, 1, tzinfo=UTC), []
    for day in range(DAYS, DAYS + 30):
        seen, happened = endpoint.window(day, rows, rng)
        found.append(examine(seen, baseline, seasons, happened, budget, now, seconds=DAY))
    return found


def _form(number: int, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    missing = rng.random(values.size) < NULLS
    return (values, np.exp(values), np.round(2 * values), np.where(missing, np.nan, values))[number % 4]


def _unformed(number: int, edges: np.ndarray) -> np.ndarray:
    """Where on the normal line the edges of a form are; -1 is the score."""
    if number < 0:
        return logit(np.clip(edges, 1e-12, 1 - 1e-12))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(edges > 0, np.log(edges), -np.inf)
    return (edges, logs, (np.ceil(edges) - 0.5) / 2, edges)[number % 4]


def _outcomes(fine: np.ndarray, rng: np.random.Generator) -> Outcomes:
    middles = (np.arange(FINE) + 0.5) / FINE
    late = rng.binomial(fine, middles)
    sums = (one.reshape(BINS, -1).sum(axis=1) for one in (fine, late, fine * middles))
    return Outcomes({at: (int(n), int(p), float(s)) for at, (n, p, s) in enumerate(zip(*sums, strict=True)) if n})


def _worth(rows: int, rng: np.random.Generator) -> Worth:
    return Worth(tuple(Moments.of(rng.gamma(2, 5, 500)) for _ in range(6)), _moments(rng.gamma(2, 5, rows)))


def _moments(values: np.ndarray) -> Moments:
    return Moments(values.size, float(values.sum()), float((values**2).sum()))
