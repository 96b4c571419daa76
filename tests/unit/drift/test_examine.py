"""From sketches and sums to a diagnosis: each fault is called what it is."""

import numpy as np
import orjson
import pytest

from serin.drift.budget import Budget
from serin.drift.diagnosis import Diagnosis, Kind, Response, Role
from serin.drift.examine import Happened, examine
from serin.drift.worth import Worth
from serin.errors import InvalidInput, InvalidSettings
from serin.stats.moments import Moments
from tests.unit.drift.watched import DAY, NOW, judge, rows, scores_of, window, world

ROWS = 5_000


def _null(found, rng):
    found["age"] = np.where(rng.random(ROWS) < 0.2, np.nan, found["age"])


def _infinite(found, rng):
    found["age"] = np.where(rng.random(ROWS) < 0.03, np.inf, found["age"])


def _stuck(found, rng):
    found["speed"] = np.where(rng.random(ROWS) < 0.5, 0.123, found["speed"])


def _unknown(found, rng):
    found["place"] = np.where(rng.random(ROWS) < 0.1, "nowhere", found["place"])


def _sentinel(found, rng):
    found["heat"] = np.where(rng.random(ROWS) < 0.1, -999.0, found["heat"])


def _unit(found, rng):
    found["load"] = found["load"] * 1.8 + 32


def _exchanged(found, rng):
    found["mass"], found["speed"] = found["speed"], found["mass"]


@pytest.mark.parametrize(
    ("spoil", "features", "said"),
    [
        (_null, ("age",), "of age is missing, 0.0% before"),
        (_infinite, ("age",), "of age is infinite"),
        (_stuck, ("speed",), "speed stands still"),
        (_unknown, ("place",), "of place has values that the baseline has not"),
        (_sentinel, ("heat",), "of heat has values that the baseline has not"),
        (_unit, ("load",), "load is as if degrees Celsius came as Fahrenheit"),
        (_exchanged, ("speed", "mass"), "looks as"),
    ],
)
def test_a_broken_input_is_named_with_what_broke(spoil, features, said):
    """And goes to the watcher, to be fixed where it comes from."""
    found, scores, happened = rows(ROWS, 11)
    spoil(found, np.random.default_rng(12))
    verdict = judge(found, scores, happened).verdict
    assert (verdict.kind, verdict.response, verdict.owner) == (
        Kind.BROKEN_INPUT, Response.FIX_PIPELINE, Role.WATCHER,
    )  # fmt: skip
    assert set(verdict.features) == set(features)
    assert said in verdict.reasons[0]


def test_the_same_rows_anew_are_stable():
    """With outcomes that rule out a loss."""
    diagnosis = judge(*rows(ROWS, 13))
    assert diagnosis.verdict.kind is Kind.STABLE
    assert not diagnosis.is_alarm
    assert "was to be expected" in diagnosis.verdict.reasons[1]


def _shifted(keep):
    """Many features move together, and what happens at a score stays."""
    found, scores, happened = rows(40_000, 14)
    at = np.flatnonzero(keep(found, scores))[:ROWS]
    return {name: values[at] for name, values in found.items()}, scores[at], happened[at]


def test_a_shift_is_benign_or_harmful_by_the_quality_it_lets_expect():
    """Scores that lie close together can't be told apart: that is known before any outcome is."""
    benign = _shifted(lambda found, scores: found["age"] + found["speed"] + found["heat"] > 0.3)
    harmful = _shifted(lambda found, scores: (scores > 0.2) & (scores < 0.45))
    assert judge(*benign).verdict.kind is Kind.BENIGN_SHIFT
    diagnosis = judge(*harmful)
    assert (diagnosis.verdict.kind, diagnosis.verdict.response) == (Kind.HARMFUL_SHIFT, Response.RETRAIN)
    baseline, seasons = world()
    early = examine(window(harmful[0]), baseline, seasons, Happened(), Budget(), NOW)
    assert early.verdict.kind is Kind.HARMFUL_SHIFT
    assert early.expected.expected == pytest.approx(diagnosis.realised[0].realised, abs=0.03)


def test_other_rules_in_one_segment_are_concept_drift_there():
    """The segment is named, and the owner is who approves a new version."""
    found, scores, happened = rows(ROWS, 15)
    north = found["place"] == "north"
    happened[north] = np.random.default_rng(1).random(north.sum()) < 0.3
    verdict = judge(found, scores, happened).verdict
    assert (verdict.kind, verdict.owner, verdict.features) == (Kind.CONCEPT_DRIFT, Role.APPROVER, ("place=north",))


def test_outcomes_the_wrong_way_round_are_a_fault_of_labels():
    """And so are outcomes that are all alike."""
    found, scores, happened = rows(ROWS, 16)
    assert judge(found, scores, 1 - happened).verdict.kind is Kind.LABEL_FAULT
    verdict = judge(found, scores, np.zeros(ROWS)).verdict
    assert verdict.kind is Kind.LABEL_FAULT
    assert verdict.reasons[0].startswith("all 5,000 outcomes are negative")


def test_a_kpi_that_falls_alone_is_a_fault_of_attribution():
    """The quality is said beside it; where the KPI holds there is no fault."""
    rng = np.random.default_rng(17)
    before = tuple(Moments.of(rng.normal(10, 5, 1_000)) for _ in range(6))
    found, scores, happened = rows(ROWS, 18)
    broken = judge(found, scores, happened, kpis={"dollars": Worth(before, Moments.of(rng.normal(7, 5, ROWS)))})
    assert broken.verdict.kind is Kind.LABEL_FAULT
    assert "dollars went from" in broken.verdict.reasons[0]
    well = judge(found, scores, happened, kpis={"dollars": Worth(before, Moments.of(rng.normal(10, 5, ROWS)))})
    assert well.verdict.kind is Kind.STABLE


@pytest.mark.parametrize("number", [60, 300])
def test_few_rows_or_outcomes_are_never_stable(number):
    """The reasons say what is missing."""
    diagnosis = judge(*rows(number, 19))
    assert diagnosis.verdict.kind is Kind.INSUFFICIENT
    assert not diagnosis.is_alarm
    assert any("not ruled out" in one or "can't show" in one for one in diagnosis.verdict.reasons)


def test_an_empty_window_and_one_that_lost_rows_are_insufficient():
    """Missing data is a result of its own."""
    baseline, seasons = world()
    empty = examine(window(rows(1, 1)[0]).of(baseline, "w", 1), baseline, seasons, Happened(), Budget(), NOW)
    assert empty.verdict.reasons[0] == "the window has no rows"
    seen = window(rows(ROWS, 20)[0])
    seen.lost = ROWS
    lost = examine(seen, baseline, seasons, Happened(), Budget(), NOW, skipped={"windows/x": "not a window"})
    assert lost.verdict.kind is Kind.INSUFFICIENT
    assert lost.skipped == {"windows/x": "not a window"}


def test_days_as_they_are_are_no_alarm_and_a_day_like_another_is_known():
    """A day's heat is far from the mean of sixty days, and close to that of one of them."""
    day = 5 + int(np.abs(np.random.default_rng(99).normal(0, 1.5, 1_000)[5:55]).argmax())
    found, scores, happened = rows(2_000, 21, np.full(2_000, day))
    diagnosis = judge(found, scores, happened, timed=True, seconds=DAY)
    assert diagnosis.verdict.kind is Kind.KNOWN_REGIME
    assert "heat" in diagnosis.verdict.features
    untimed = judge(found, scores, happened)
    assert untimed.is_alarm  # a baseline without time knows no days


def test_what_natural_variation_does_not_explain_is_found_all_the_same():
    """A stuck sensor, where the others swing."""
    found, _, happened = rows(2_000, 22, np.full(2_000, 30))
    found["speed"] = np.full(2_000, 0.5)
    verdict = judge(found, scores_of(found), happened, timed=True).verdict
    assert (verdict.kind, verdict.features) == (Kind.BROKEN_INPUT, ("speed",))


def test_a_diagnosis_comes_back_from_what_is_stored():
    """Through JSON, with all its numbers; what is none is refused."""
    found, scores, happened = rows(ROWS, 23)
    found["age"] = np.where(found["age"] > 1, np.nan, found["age"])
    diagnosis = judge(found, scores, happened, timed=True)
    stored = orjson.loads(orjson.dumps(diagnosis.to_dict()))
    assert Diagnosis.from_dict(stored) == diagnosis
    assert stored["sentence"].endswith("Fix the pipeline (watcher).")
    with pytest.raises(InvalidInput, match="not a diagnosis"):
        Diagnosis.from_dict({**stored, "schema": 9})


def test_many_rows_need_no_more_than_few():
    """A window that was merged a thousand times has the same distances, and more certainty."""
    found, _, _ = rows(ROWS, 24)
    seen, baseline = window(found), world()[0]
    one = examine(seen, baseline, None, Happened(), Budget(), NOW)
    for sketch in seen.sketches.values():
        sketch.counts *= 1_000
        if hasattr(sketch, "sums"):
            sketch.sums *= 1_000
    seen.rows *= 1_000
    many = examine(seen, baseline, None, Happened(), Budget(), NOW)
    for before, after in zip(one.changes, many.changes, strict=True):
        assert after.jensen_shannon == pytest.approx(before.jensen_shannon, abs=1e-12)
        assert after.wasserstein == (before.wasserstein and pytest.approx(before.wasserstein))


@pytest.mark.parametrize(("alarms", "windows"), [(0, 30), (30, 30), (-1, 720)])
def test_a_budget_must_be_one(alarms, windows):
    """Of no alarms none can be found; of as many as there are windows none can be false."""
    with pytest.raises(InvalidSettings, match="can't be kept"):
        Budget(alarms, windows)
