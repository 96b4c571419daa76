"""How did the baseline vary over its own time, and how good was the model on it? Found out once, at registration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from serin.drift.baseline import SCORE, Baseline, watched
from serin.drift.calendar import Places, Stretch, stretches
from serin.drift.score_quality import CLASSIFICATION, ScoreQuality
from serin.drift.seasons import Observed, Seasons
from serin.registry.extra_columns import outcomes_of, seconds_of
from serin.serving.scores import score_of
from serin.serving.tensors import Array
from serin.stats.numeric_bins import NumericBins

__all__ = ["Material", "seasons_of"]

_MOST_SEGMENTS = 64


@dataclass(frozen=True)
class Material:
    """What the baseline's sketch was made of. `chosen` are the places of the rows that the model was run on,
    `segments` gives theirs by `name=value`, `score` is the output that receipts hold."""

    columns: Mapping[str, Array]
    layout: Mapping[str, tuple[str, int]]
    scores: Mapping[str, Array]
    confidence: str | None
    chosen: Places
    segments: Mapping[str, Places]
    score: str | None
    task: str


def seasons_of(
    baseline: Baseline, material: Material, times: Array | None, outcomes: Array | None, names: Mapping[str, str]
) -> tuple[bytes | None, tuple[str, ...]]:
    """The document, and what the owner should know. `names` are the columns' own, for what is said about them.

    Raises InvalidModel for a time or an outcome that is none.
    """
    if times is None and outcomes is None:
        return None, ()
    cut = () if times is None else tuple(stretches(seconds_of(times, names["time"])))
    uncut = times is not None and not cut
    warnings = (f"No stretch of {names['time']!r} has 100 rows: the baseline is not cut by time.",) if uncut else ()
    quality, why = _quality(baseline, material, cut, outcomes, names)
    rows = np.arange(len(next(iter(material.columns.values()))))
    made = watched(material.columns, material.layout, material.scores, material.confidence)
    observed = (Observed(key, values, rows if len(values) == rows.size else material.chosen) for key, _, values in made)
    return Seasons.of(baseline, cut, observed, quality).to_bytes(), (*warnings, *why)


def _quality(
    baseline: Baseline, material: Material, cut: Sequence[tuple[Stretch, Places]], outcomes: Array | None,
    names: Mapping[str, str],
) -> tuple[ScoreQuality | None, tuple[str, ...]]:  # fmt: skip
    if outcomes is None:
        return None, ()
    happened = outcomes_of(outcomes, names["outcome"])[material.chosen]
    found = _score(baseline, material)
    if found is None:
        return None, ("The model has no score to compare with outcomes, so its quality can't be expected.",)
    if material.task == CLASSIFICATION and not np.isin(happened[np.isfinite(happened)], (0, 1)).all():
        return None, (f"{names['outcome']!r} is not 0 or 1 throughout, so no quality can be expected from scores.",)
    key, bins, scores = found
    windows = [np.flatnonzero(np.isin(material.chosen, places)) for stretch, places in cut if stretch.start is not None]
    segments = dict(sorted(material.segments.items(), key=lambda one: -len(one[1]))[:_MOST_SEGMENTS])
    return ScoreQuality.of(key, bins, material.task, scores, happened, segments, tuple(windows)), ()


def _score(baseline: Baseline, material: Material) -> tuple[str, NumericBins, npt.NDArray[np.float64]] | None:
    """The series that watches what receipts hold; None for a class of several, which no one series is."""
    output = None if material.score is None else material.scores.get(material.score)
    scores = None if output is None else score_of(output, len(output))
    if scores is None or output is None:
        return None
    width = output.reshape(len(output), -1).shape[1]
    key = f"{SCORE}{material.score}" + (f"[{width - 1}]" if width > 1 else "")
    series = baseline.series.get(key)
    if width > 2 or series is None or not isinstance(series.bins, NumericBins):
        return None
    return key, series.bins, np.asarray(scores, np.float64)
