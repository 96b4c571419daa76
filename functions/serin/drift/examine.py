"""A drift run without its IO: from a window, the baseline's documents and what outcomes say, to a diagnosis."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.blocks import Blocks, blocks
from serin.drift.budget import Budget
from serin.drift.compare import Compared, compare, differences
from serin.drift.diagnose import diagnose
from serin.drift.diagnosis import Diagnosis
from serin.drift.evidence import Evidence, OneSided
from serin.drift.expectation import expect
from serin.drift.findings import detectable, findings
from serin.drift.natural import natural_variation
from serin.drift.outcome_quality import Judged, Outcomes, judge_outcomes, natural_gap
from serin.drift.regimes import nearest_regime
from serin.drift.score_quality import CLASSIFICATION, ScoreQuality
from serin.drift.seasons import Seasons
from serin.drift.signatures import signatures
from serin.drift.window import WindowSketch
from serin.drift.worth import Worth, judge_worth
from serin.stats.numeric_bins import Floats

__all__ = ["Happened", "examine"]

_LEAST_SURE = 20


@dataclass(frozen=True)
class Happened:
    """What became of the window's predictions: outcomes by segment (`name=value`, "" for all), and KPIs, with those of
    the windows before. Empty where nothing is known yet."""

    outcomes: Mapping[str, Outcomes] = field(default_factory=dict)
    worth: Mapping[str, Worth] = field(default_factory=dict)


def examine(
    window: WindowSketch, baseline: Baseline, seasons: Seasons | None, happened: Happened, budget: Budget,
    now: datetime, *, seconds: float | None = None, skipped: Mapping[str, str] | None = None,
) -> Diagnosis:  # fmt: skip
    """`seconds` is how long the window was meant to be; without it, the time between its first and last rows counts.
    `skipped` says which objects were not counted, and why: it is part of the result."""
    window.settle()
    compared = compare(window.sketches, baseline)
    length = seconds or ((window.end or 0.0) - (window.start or 0.0))
    joined = None if seasons is None else blocks(seasons, length)
    natural = None if joined is None else natural_variation(joined, baseline, budget.inputs)
    found = findings(compared, natural, budget.inputs, _season(window, baseline, joined))
    regime = nearest_regime(window.sketches, found, baseline, seasons, joined, length) if seasons and joined else None
    reference = None if seasons is None else seasons.quality
    scores = np.zeros(0) if reference is None else window.sketches[reference.key].counts.astype(np.float64)
    evidence = Evidence(
        rows=window.rows,
        lost=window.lost,
        detectable=detectable(window.rows, baseline.rows, len(baseline.series), budget.inputs),
        findings=found,
        signatures=signatures(found, compared, window.sketches, baseline, natural),
        regime=regime,
        expected=None if reference is None else expect(reference, scores, _lines(reference, joined), budget.quality),
        outcomes=None if reference is None else _known(happened, reference),
        realised=_realised(happened, reference, scores, joined, length, budget.quality),
        one_sided=None if reference is None else _one_sided(happened, reference, budget.quality),
        worth=judge_worth(happened.worth, budget.worth),
    )
    return Diagnosis(
        at=now.isoformat(timespec="seconds"),
        causes=diagnose(evidence),
        rows=window.rows,
        lost=window.lost,
        start=window.start,
        end=window.end,
        baseline=baseline.digest,
        budget=budget.to_dict(),
        findings=found,
        changes=tuple(compared.changes.values()),
        regime=regime,
        expected=evidence.expected,
        realised=evidence.realised,
        worth=evidence.worth,
        skipped=dict(skipped or {}),
    )


def _season(window: WindowSketch, baseline: Baseline, joined: Blocks | None) -> Compared | None:
    if joined is None or window.start is None or window.end is None:
        return None
    around = joined.season((window.start + window.end) / 2)
    counts = {key: sketch.counts.astype(np.float64) for key, sketch in window.sketches.items()}
    return None if around is None else differences(counts, around, baseline)


def _realised(
    happened: Happened,
    reference: ScoreQuality | None,
    scores: Floats,
    joined: Blocks | None,
    length: float,
    chance: float,
) -> tuple[Judged, ...]:
    """The chance is shared by all groups."""
    if reference is None or not happened.outcomes:
        return ()
    alpha = chance / len(happened.outcomes)
    natural = 0.0 if joined is None else natural_gap(reference, joined.size, joined.seconds, max(length, 1.0), alpha)
    groups = sorted(happened.outcomes.items())
    found = (judge_outcomes(group, one, reference, scores, natural, alpha) for group, one in groups)
    return tuple(one for one in found if one is not None)


def _lines(reference: ScoreQuality, joined: Blocks | None) -> Floats:
    return np.zeros((0, 0)) if joined is None else joined.counts[reference.key]


def _known(happened: Happened, reference: ScoreQuality) -> int | None:
    one = happened.outcomes.get("")
    if one is None:
        return None
    return int(one.lines()[:, 0].sum()) if reference.task == CLASSIFICATION else one.errors[0]


def _one_sided(happened: Happened, reference: ScoreQuality, chance: float) -> OneSided | None:
    """All outcomes alike, which at the baseline's rate would be rarer than the chance."""
    one, sums = happened.outcomes.get(""), reference.overall
    if one is None or reference.task != CLASSIFICATION or not sums[:, 0].sum():
        return None
    lines, rate = one.lines(), float(sums[:, 1].sum() / sums[:, 0].sum())
    n, positives = int(lines[:, 0].sum()), int(lines[:, 1].sum())
    if n < _LEAST_SURE or 0 < positives < n:
        return None
    share = rate if positives else 1 - rate
    by_chance = n * math.log(share) if share > 0 else -math.inf
    return OneSided(n, bool(positives), rate, by_chance / math.log(10)) if by_chance < math.log(chance) else None
