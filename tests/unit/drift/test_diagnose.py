"""The table of rules: which evidence leads to which diagnosis, and in what order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.drift.diagnose import diagnose
from serin.drift.diagnosis import QUIET, Kind, Response, Role
from serin.drift.evidence import Evidence, OneSided
from serin.drift.expectation import Expectation
from serin.drift.findings import Finding
from serin.drift.outcome_quality import Judged
from serin.drift.regimes import Regime
from serin.drift.signatures import Fault, Signature
from serin.drift.worth import WorthJudged

TASK = "classification"
MOVED = Finding("feature:age", "shape", 0.3, -30.0)
USUAL = Finding("feature:age", "shape", 0.3, -30.0, times=2.0, limit=4.0)
SCORE = Finding("score:p", "shape", 0.3, -30.0)
BROKEN = Signature(Fault.NULLS, ("age",), 0.4, "40.0% of age is missing, 0.1% before")
KNOWN, OTHER = Regime("Sundays", 0.4, "feature:age", 0.2), Regime("Sundays", 1.7, "feature:age", 0.9)
ALIKE = Regime("Sundays", 1.7, "feature:age", 0.4)
SAME = Expectation(TASK, 0.75, 0.745, 0.005, -0.01, 0.02, 0.0)
WORSE = Expectation(TASK, 0.75, 0.68, 0.07, 0.03, 0.11, 0.1)
HOLDS = Judged("", TASK, 9_000, 0.75, 0.745, 0.72, 0.77, 0.005, -0.03, 0.04, 0.03)
OPEN = replace(HOLDS, n=300, low=0.62, high=0.87, loss_low=-0.12, loss_high=0.13, loss_most=0.1)
DOUBT = replace(OPEN, realised=0.68, loss=0.07)
FALLEN = replace(HOLDS, realised=0.62, low=0.59, high=0.65, loss=0.13, loss_low=0.1, loss_high=0.16, loss_most=0.15)
NORTH = replace(FALLEN, group="place=north", n=3_000)
MIRRORED = replace(FALLEN, realised=0.26, low=0.23, high=0.29, loss=0.49, loss_low=0.45, loss_high=0.53)
LESS = WorthJudged("dollars", 9_000, 10.0, 7.0, 3.0, 2.5, 3.5)
SO_FAR = Evidence(rows=9_000, detectable=0.05, outcomes=9_000, expected=SAME, realised=(HOLDS,))


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, ["stable"]),
        ({"realised": (), "outcomes": None}, ["stable"]),
        ({"findings": (USUAL,), "regime": OTHER}, ["stable"]),
        ({"findings": (USUAL,), "regime": KNOWN}, ["known regime"]),
        ({"findings": (MOVED,), "regime": KNOWN}, ["known regime"]),
        ({"findings": (USUAL,), "regime": ALIKE}, ["known regime"]),
        ({"findings": (MOVED,), "regime": ALIKE}, ["benign shift"]),
        ({"findings": (MOVED,)}, ["benign shift"]),
        ({"findings": (MOVED,), "expected": None, "realised": ()}, ["benign shift"]),
        ({"findings": (SCORE,), "expected": WORSE, "realised": ()}, ["harmful shift"]),
        ({"findings": (MOVED,), "expected": WORSE, "realised": (OPEN,)}, ["harmful shift"]),
        ({"findings": (MOVED,), "expected": WORSE, "realised": (replace(HOLDS, low=0.74),)}, ["benign shift"]),
        ({"realised": (FALLEN,)}, ["concept drift"]),
        ({"realised": (HOLDS, NORTH)}, ["concept drift"]),
        ({"findings": (MOVED,), "realised": (FALLEN,)}, ["concept drift", "benign shift"]),
        ({"findings": (MOVED,), "signatures": (BROKEN,)}, ["broken input"]),
        ({"findings": (MOVED,), "signatures": (BROKEN,), "realised": (FALLEN,)}, ["broken input"]),
        ({"realised": (MIRRORED,)}, ["label or attribution fault"]),
        ({"realised": (), "one_sided": OneSided(900, False, 0.2, -87.0)}, ["label or attribution fault"]),
        ({"worth": (LESS,)}, ["label or attribution fault"]),
        ({"worth": (LESS,), "realised": (FALLEN,)}, ["concept drift"]),
        ({"worth": (LESS,), "findings": (MOVED,)}, ["benign shift"]),
        ({"realised": (OPEN,)}, ["insufficient data"]),
        ({"realised": (OPEN,), "findings": (USUAL,), "regime": KNOWN}, ["known regime", "insufficient data"]),
        ({"realised": (DOUBT,), "findings": (USUAL,), "regime": KNOWN}, ["insufficient data", "known regime"]),
        ({"realised": (), "outcomes": 7}, ["insufficient data"]),
        ({"detectable": 0.4}, ["insufficient data"]),
        ({"lost": 4_000}, ["insufficient data"]),
        ({"rows": 0}, ["insufficient data"]),
    ],
)
def test_evidence_leads_to_its_diagnosis(changes, kinds):
    """Ranked; the first is the verdict."""
    assert [cause.kind.value for cause in diagnose(replace(SO_FAR, **changes))] == kinds


def test_each_kind_has_its_response_and_owner():
    """As the design's table says."""
    expected = {
        Kind.BROKEN_INPUT: (Response.FIX_PIPELINE, Role.WATCHER), Kind.CONCEPT_DRIFT: (Response.RETRAIN, Role.APPROVER),
        Kind.HARMFUL_SHIFT: (Response.RETRAIN, Role.APPROVER), Kind.BENIGN_SHIFT: (Response.WATCH, Role.WATCHER),
        Kind.LABEL_FAULT: (Response.CHECK_LABELS, Role.WATCHER), Kind.KNOWN_REGIME: (Response.LOG, Role.WATCHER),
        Kind.STABLE: (Response.NONE, Role.WATCHER), Kind.INSUFFICIENT: (Response.LOG, Role.WATCHER),
    }  # fmt: skip
    reached = (
        {}, {"realised": (FALLEN,)}, {"signatures": (BROKEN,)}, {"worth": (LESS,)}, {"rows": 0},
        {"findings": (MOVED,)}, {"findings": (MOVED,), "expected": WORSE}, {"findings": (USUAL,), "regime": KNOWN},
    )  # fmt: skip
    found = {one.kind: (one.response, one.owner) for changes in reached for one in diagnose(replace(SO_FAR, **changes))}
    assert found == expected


@given(
    st.lists(st.sampled_from([MOVED, USUAL, SCORE]), max_size=3), st.sampled_from([(), (BROKEN,)]),
    st.sampled_from([None, KNOWN, OTHER, ALIKE]), st.sampled_from([None, SAME, WORSE]),
    st.sampled_from([(), (HOLDS,), (OPEN,), (FALLEN,), (HOLDS, NORTH), (MIRRORED,)]), st.sampled_from([(), (LESS,)]),
    st.sampled_from([0, 9_000]), st.sampled_from([0, 9_000]),
)  # fmt: skip
def test_all_evidence_has_a_diagnosis_and_doubt_is_never_stable(
    findings, signatures, regime, expected, realised, worth, rows, lost
):
    """Whatever comes together: reasons are given, a fault is never quiet, and what is open is never stable."""
    evidence = Evidence(rows, lost, 0.05, tuple(findings), signatures, regime, expected, 9, realised, None, worth)
    causes = diagnose(evidence)
    assert all(cause.reasons for cause in causes)
    kinds = [cause.kind for cause in causes]
    if signatures or any(one.has_fallen for one in realised):
        assert kinds[0] not in QUIET
    if Kind.STABLE in kinds:
        assert (kinds, rows, lost) == ([Kind.STABLE], 9_000, 0)
        assert all(one.holds for one in realised if not one.group)
        assert realised
