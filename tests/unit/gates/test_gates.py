"""Each gate: when it passes, when it can't tell, and when it refuses, always with a reason and a next step."""

import doctest
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from serin.errors import GatesClosed, InvalidSettings
from serin.evidence.evaluation import Estimate, Latency
from serin.fairness.limits import Limits
from serin.fairness.report import subgroup_report
from serin.gates import bound, gate, people
from serin.gates.answerable import approval, drill, fairness
from serin.gates.check import GATES, check, insist
from serin.gates.declared import card, golden, metric
from serin.gates.dossier import Approval, Dossier
from serin.gates.gate import Result, Standing, worst
from serin.gates.measured import champion, held_out, latency, thresholds
from serin.gates.people import same_person
from serin.registry.records import timestamp
from tests.unit.gates.dossiers import (
    ANN,
    BOB,
    DOSSIER,
    ENDPOINT,
    NOW,
    VERSION,
    compared,
    endpoint,
    evaluated,
)  # fmt: skip

EMPTY = Dossier(VERSION, {}, champion=1, releases=1)
EVERY_GATE = (golden, metric, thresholds, held_out, champion, latency, card, approval, drill)
PASS, INSUFFICIENT, FAIL = Standing


@pytest.mark.parametrize("module", [bound, gate, people])
def test_examples_hold(module):
    """Every example in a docstring gives what is written beneath it."""
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("one", EVERY_GATE)
def test_a_version_that_shows_everything_passes(one):
    """With a reason, and nothing left to do."""
    result = one(DOSSIER, ENDPOINT, NOW)
    assert (result.standing, result.next) == (PASS, "")
    assert result.reason


@pytest.mark.parametrize("one", [*EVERY_GATE[1:], fairness])
def test_a_version_that_shows_nothing_is_told_what_to_do(one):
    """Missing is neither a pass nor a fail."""
    result = one(EMPTY, ENDPOINT, NOW)
    assert result.standing is INSUFFICIENT
    assert result.reason
    assert result.next


def _at(low, value, high, n=5000):
    return Estimate(value, low, high, n)


@pytest.mark.parametrize(
    ("difference", "standing", "words"),
    [
        (_at(0.01, 0.02, 0.03), PASS, "+0.02 (+0.01 to +0.03) against churn@1, 0.01 worse allowed"),
        (_at(-0.01, 0.0, 0.01), PASS, "auc +0 "),
        (_at(-0.02, 0.0, 0.02), INSUFFICIENT, "about 20,000 rows would tell: serin evaluate churn@2"),
        (_at(-0.04, -0.02, 0.0), INSUFFICIENT, "about 20,000 rows would tell"),
        (_at(-0.03, -0.01, 0.01), INSUFFICIENT, "more rows than anybody has would be needed"),
        (_at(-0.04, -0.03, -0.02), FAIL, "-0.03 (-0.04 to -0.02)"),
    ],
)
def test_no_worse_than_the_live_version_is_proved_by_the_whole_interval(difference, standing, words):
    """Its bad end is within the margin: pass; its good end is beyond it: fail; else how many rows would tell."""
    result = champion(compared(difference), ENDPOINT, NOW)
    assert result.standing is standing
    assert words in f"{result.reason} | {result.next}"


def test_less_is_better_for_losses():
    """A log loss that rises by more than the margin fails; one that falls passes."""
    asked = endpoint(metrics={"log_loss": {"margin": 0.01}})
    assert champion(compared(_at(0.02, 0.03, 0.04), "log_loss"), asked, NOW).standing is FAIL
    assert champion(compared(_at(-0.04, -0.03, -0.02), "log_loss"), asked, NOW).standing is PASS


def test_all_metrics_have_to_hold():
    """The worst of them is the gate's, and a metric that was not measured is not held."""
    asked = endpoint(metrics={"auc": {"margin": 0.01}, "log_loss": {"margin": 0.01}})
    result = champion(compared(_at(0.0, 0.01, 0.02)), asked, NOW)
    assert (result.standing, result.reason) == (INSUFFICIENT, "log_loss was not compared: its answers are binary")


def test_without_margins_a_classifier_may_lose_a_point_and_a_regression_needs_one():
    """Only the owner knows what a minute is worth."""
    nothing = endpoint(metrics={})
    assert champion(compared(_at(-0.009, 0.0, 0.009)), nothing, NOW).standing is PASS
    assert champion(compared(_at(-0.02, 0.0, 0.02)), nothing, NOW).standing is INSUFFICIENT
    result = champion(evaluated(task="regression"), nothing, NOW)
    assert result.standing is INSUFFICIENT
    assert '"mae": {"margin": …}' in result.next


def test_a_comparison_with_an_older_version_is_none():
    """Live moved since: evaluate again against what is live now."""
    result = champion(replace(DOSSIER, champion=4), ENDPOINT, NOW)
    assert result.standing is INSUFFICIENT
    assert result.reason == "it was compared with churn@1, and churn@4 is live now"
    assert result.next.endswith("--against churn@4")


def test_nothing_to_compare_with_is_said():
    """The first version, and the one that is live."""
    for live, words in ((None, "no version is live"), (2, "it is the version that is live")):
        result = champion(replace(EMPTY, champion=live), ENDPOINT, NOW)
        assert result.standing is PASS
        assert words in result.reason


@pytest.mark.parametrize(
    ("limits", "standing"),
    [({"auc": {"min": 0.75}}, PASS), ({"auc": {"min": 0.76}}, INSUFFICIENT), ({"auc": {"min": 0.8}}, FAIL),
     ({"mae": {"max": 3}}, INSUFFICIENT), ({}, PASS), ({"auc": {"margin": 1}}, PASS)],
)  # fmt: skip
def test_thresholds_hold_for_the_whole_interval(limits, standing):
    """Of 0.77 (0.75 to 0.79)."""
    assert thresholds(DOSSIER, endpoint(metrics=limits), NOW).standing is standing


@pytest.mark.parametrize("digest", ["ffee", "base"])
def test_an_evaluation_on_the_training_data_fails(digest):
    """Its snapshot or its baseline: it proves nothing."""
    result = held_out(evaluated(data_sha256=digest), ENDPOINT, NOW)
    assert result.standing is FAIL
    assert "what it was trained on" in result.reason


def test_the_newest_evaluation_counts_alone():
    """Or the one that pleases could be chosen; how many there are is said."""
    worse = evaluated(latency=Latency(1, 300.0, 400.0, 2000)).evaluations[0]
    assert latency(replace(DOSSIER, evaluations=(worse, DOSSIER.evaluations[0])), ENDPOINT, NOW).standing is PASS
    twice = replace(DOSSIER, evaluations=(DOSSIER.evaluations[0], worse))
    assert latency(twice, ENDPOINT, NOW).standing is FAIL
    assert "the newest of 2 evaluations" in held_out(twice, ENDPOINT, NOW).reason


def test_few_rows_are_no_evidence():
    """For a metric, declared or measured, as for the whole evaluation."""
    assert held_out(DOSSIER, endpoint(min_rows=6000), NOW).standing is INSUFFICIENT
    assert metric(DOSSIER, endpoint(min_rows=6000), NOW).standing is INSUFFICIENT
    assert metric(replace(DOSSIER, evaluations=()), endpoint(min_rows=901), NOW).standing is INSUFFICIENT


@pytest.mark.parametrize(
    "declared",
    [None, {}, {"auc": 0.9}, {"evaluations": {}}, {"evaluations": [3]}, {"evaluations": [{"metric": "auc"}]},
     {"evaluations": [{"metric": "auc", "value": 0.9}]}, {"evaluations": [{"value": 1, "sample_size": 900}]},
     {"evaluations": [{"metric": "auc", "value": "high", "sample_size": 900}]},
     {"evaluations": [{"metric": "auc", "value": 0.9, "sample_size": True}]},
     {"evaluations": [{"metric": "auc", "value": 0.9, "sample_size": 99}]}],
)  # fmt: skip
def test_a_declared_metric_needs_a_name_a_value_and_a_sample_size(declared):
    """Whatever else evidence.json holds."""
    assert metric(replace(EMPTY, declared=declared), ENDPOINT, NOW).standing is INSUFFICIENT


def test_latency_is_held_against_its_own_limit_or_the_budget():
    """p99 of 2 ms."""
    assert latency(DOSSIER, endpoint(latency_ms=1.5), NOW).standing is FAIL
    assert latency(DOSSIER, replace(ENDPOINT, latency_budget_ms=1), NOW).standing is FAIL
    assert latency(evaluated(latency=Latency(1, 1.0, 2.0, 20)), ENDPOINT, NOW).standing is INSUFFICIENT


def test_a_card_needs_the_texts_that_are_asked_for():
    """Spaces are no text."""
    assert "limitations" in card(replace(DOSSIER, manifest={"card": {"intended_use": "x", "limitations": " "}}),
                                 ENDPOINT, NOW).reason  # fmt: skip
    assert card(DOSSIER, endpoint(card=["contact"]), NOW).standing is INSUFFICIENT
    assert card(EMPTY, endpoint(card=[]), NOW).standing is PASS


def test_groups_are_judged_by_the_limits_of_the_endpoint():
    """Every second row of one group is wrong, of the other none."""
    outcome = np.tile([0.0, 1.0], 2000)
    groups = {"sex": np.repeat(["f", "m"], 2000)}
    unlike = np.concatenate([np.tile([1.0, 1.0], 1000), outcome[:2000]])
    for score, standing in ((outcome, PASS), (unlike, FAIL)):
        report = subgroup_report(outcome, score, score > 0.5, groups, limits=Limits())
        result = fairness(evaluated(fairness=report.to_dict()), ENDPOINT, NOW)
        assert result.standing is standing
        assert result.reason
    assert (
        "a probability of 0.3 on" in fairness(evaluated(fairness=report.to_dict(), threshold=0.3), ENDPOINT, NOW).reason
    )
    generous = endpoint(fairness={"difference": {"tpr": 0.1}})
    assert fairness(evaluated(fairness=report.to_dict()), generous, NOW).standing is PASS


@pytest.mark.parametrize(("threshold", "selects"), [(1.0, "no row"), (0.0, "every row")])
def test_a_threshold_that_treats_all_rows_alike_proves_nothing_of_groups(threshold, selects):
    """Else a version would pass by a threshold at which nobody is selected."""
    outcome = np.tile([0.0, 1.0], 5000)
    report = subgroup_report(
        outcome,
        outcome / 2 + 0.2,
        outcome / 2 + 0.2 >= threshold,
        {"sex": np.repeat(["F", "M"], 5000)},
        limits=Limits(),
    )
    generous = endpoint(fairness={"difference": {"tpr": 0.1}})
    result = fairness(evaluated(fairness=report.to_dict(), threshold=threshold), generous, NOW)
    assert result.standing is INSUFFICIENT
    assert selects in result.reason
    assert "--threshold" in result.next


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ANN, True),
        ("arn:aws:sts::1:assumed-role/approver/ann", True),
        ("arn:aws:sts::2:assumed-role/approver/ann", True),
        (BOB, False),
        ("arn:aws:sts::1:assumed-role/approver/Ann", True),
        ("arn:aws:iam::1:user/ann", True),
        ("arn:aws:iam::1:user/bob", False),
    ],
)
def test_a_person_is_known_by_name_whatever_the_role(other, same):
    """Who may assume two roles, or is a user who assumes one, is still one person, however the name is written."""
    assert same_person(ANN, other) is same_person(other, ANN) is same
    only = replace(DOSSIER, approvals=(Approval("churn", 2, other, timestamp(NOW), "good"),))
    assert (approval(only, ENDPOINT, NOW).standing is PASS) is not same


@pytest.mark.parametrize("manifest", [{}, {"data": {}}, {"data": {"sha256": "unrecorded"}}])
def test_rows_are_not_known_to_be_new_where_nobody_knows_the_training_data(manifest):
    """Also where it was said that nobody does, as of an MLflow run that logged no data set."""
    result = held_out(replace(DOSSIER, manifest=manifest), ENDPOINT, NOW)
    assert (result.standing, "[data] sha256" in result.next) == (INSUFFICIENT, True)


def test_a_hash_is_the_same_in_large_letters():
    """sha256sum writes small ones, PowerShell large ones."""
    assert held_out(evaluated(replace(DOSSIER, manifest={"data": {"sha256": "CAFE"}})), ENDPOINT, NOW).standing is FAIL


def test_an_approval_says_what_its_author_saw():
    """And by whom, and why."""
    reason = approval(DOSSIER, ENDPOINT, NOW).reason
    assert reason == f"{BOB} approved on 2026-03-01, who saw 1 of 1 evaluations: fair and better"
    mine = replace(DOSSIER, approvals=(Approval("churn", 2, ANN, timestamp(NOW), "good"),))
    assert "who registered it" in approval(mine, ENDPOINT, NOW).reason


def test_a_drill_grows_old():
    """Ninety days by default; none is asked for where it is waived, or nothing is there to go back to."""
    assert drill(DOSSIER, ENDPOINT, NOW + timedelta(days=62)).standing is PASS
    old = drill(DOSSIER, ENDPOINT, NOW + timedelta(days=63))
    assert (old.standing, old.reason) == (INSUFFICIENT, "the last rollback was 91 days ago, and 90 are allowed")
    assert drill(DOSSIER, endpoint(drill_days=10), NOW).standing is INSUFFICIENT
    assert drill(EMPTY, endpoint(drill_days=0), NOW).standing is PASS
    assert drill(replace(EMPTY, releases=0), ENDPOINT, NOW).standing is PASS


def test_each_tier_asks_for_what_the_one_before_does_and_more():
    """And a tier that nobody knows lets nothing out."""
    low, limited, high = (GATES[tier] for tier in ("low", "limited", "high"))
    assert (low, limited) == (limited[: len(low)], high[: len(limited)])
    assert [one.gate for one in check(DOSSIER, endpoint("limited"), NOW)] == [
        "golden", "metric", "thresholds", "held-out", "champion", "latency",
    ]  # fmt: skip
    with pytest.raises(InvalidSettings, match="the tier 'tiny'"):
        check(DOSSIER, endpoint("tiny"), NOW)


def test_what_is_closed_is_listed_with_what_to_do():
    """For whoever deploys at 3 a.m."""
    insist(DOSSIER, endpoint("limited"), NOW)
    with pytest.raises(GatesClosed) as refused:
        insist(evaluated(latency=None, data_sha256="ffee"), endpoint("limited"), NOW)
    head, first, second = str(refused.value).splitlines()
    assert head == "churn@2 is not let out: 2 of the 6 gates of tier limited don't pass."
    assert first.startswith(
        "- held-out: fail: it was evaluated on december.csv, which is what it was trained on. Next: "
    )
    assert second.startswith("- latency: insufficient: its latency was not measured. Next: serin evaluate churn@2 ")


def test_worst_is_the_worst_of_all_in_any_order():
    """Fail, then insufficient, then pass; of nothing, insufficient."""
    results = [Result("g", standing, "r") for standing in Standing]
    for count in range(1, 4):
        assert worst(results[:count]) is worst(results[:count][::-1]) is results[count - 1].standing
    assert worst([]) is INSUFFICIENT
