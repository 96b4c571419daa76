"""Is the verdict right, and does it say of whom, by how much, and what to do?"""

from dataclasses import replace

import numpy as np
import pytest

from serin.fairness.gate import findings, judge, judge_report
from serin.fairness.groups import Groups
from serin.fairness.limits import Limits
from serin.fairness.metrics import Classified, Estimated, Metric
from serin.fairness.report import Report
from tests.unit.fairness.rows import drawn, report

SELECTION = Limits.from_dict({"difference": {"selection_rate": 0.1}})


def _report(*groups: tuple[int, int]) -> Report:
    """By rows and selected of each; half of the rows have a positive outcome."""
    counts = {f"g={place}": Classified(n, n // 2, k, k // 2, n / 2.0) for place, (n, k) in enumerate(groups)}
    whole = Classified(
        *(sum(getattr(one, name) for one in counts.values()) for name in Classified.__dataclass_fields__)
    )
    return Report(whole, (Groups(("g",), counts),))


def test_enough_rows_of_fair_scores_pass():
    """And the reason names the closest call."""
    standing, reason, then = judge(report(drawn(150_000)).to_dict(), Limits.from_dict({"least_share": 0.04}))
    assert (standing, then) == ("pass", ""), reason
    assert "11 groups are alike within the limits; the closest is" in reason


def test_unfair_scores_fail_and_the_groups_are_named():
    """With what was seen, its interval and what is allowed."""
    standing, reason, then = judge(report(drawn(20_000, unfair=0.1)).to_dict(), Limits())
    assert standing == "fail"
    assert "tpr is 0." in reason
    assert "sex=M" in reason
    assert "0.1 is allowed" in reason
    assert "Find out why" in then


def test_few_rows_are_insufficient_and_it_says_how_many_would_do():
    """A hundred rows prove nothing, neither of fair scores nor of those a little unfair."""
    for unfair in (0.0, 0.03):
        standing, reason, then = judge(report(drawn(100, unfair=unfair)).to_dict(), Limits())
        assert standing == "insufficient"
        assert "Too small to tell: " in reason
        assert "rows of about" in reason
        assert "least_share" in then


def test_the_rows_that_were_asked_for_are_about_enough():
    """At the same rates: with as many the verdict is pass, with a tenth less it is not. The large group needs none."""
    for k in (50, 52, 54):
        (one,) = findings(_report((100, k), (5000, 2500)), SELECTION)
        assert [shortage.group for shortage in one.short] == ["g=0"]
        n = one.short[0].needed or 0
        for rows, expected in ((n, "pass"), (int(0.88 * n), "insufficient")):
            assert judge_report(_report((rows, rows * k // 100), (5000, 2500)), SELECTION)[0] == expected


def test_a_gap_beyond_the_limit_that_may_be_chance_is_said_to_be_so():
    """It is insufficient, not failed."""
    standing, reason, _ = judge_report(_report((60, 30), (60, 40)), SELECTION)
    assert standing == "insufficient"
    assert "1 of 1 comparisons (1 seen beyond the limit, which may be chance)" in reason


def test_a_group_under_the_least_rows_neither_passes_nor_convicts():
    """It is named, with what it needs."""
    report_ = _report((5000, 2500), (5000, 2500), (20, 20))
    standing, reason, _ = judge_report(report_, replace(SELECTION, least_rows=30))
    assert standing == "insufficient"
    assert "g=2 has 20 rows of about" in reason
    assert judge_report(report_, replace(SELECTION, least_rows=2))[0] == "fail"


def test_small_groups_can_be_exempt_and_that_is_said():
    """By a share that was declared; nobody is left out by default."""
    report_ = _report((50_000, 25_000), (50_000, 25_000), (20, 20))
    standing, reason, _ = judge_report(report_, replace(SELECTION, least_share=0.01))
    assert standing == "pass"
    assert "Not judged, with under 0.01 of the rows: g=2" in reason
    assert judge_report(report_, SELECTION)[0] != "pass"


def test_four_fifths():
    """A ratio of rates: surely under it, surely over it, and neither."""
    limits = Limits.from_dict({"ratio": {"selection_rate": 0.8}})
    for groups, expected in (
        (((5000, 1000), (5000, 2500)), "fail"),
        (((50_000, 24_000), (50_000, 25_000)), "pass"),
        (((100, 45), (100, 50)), "insufficient"),
    ):
        standing, reason, _ = judge_report(_report(*groups), limits)
        assert standing == expected, reason
    assert "selection_rate of g=0 is 0.4 of that of g=1" in judge_report(_report((5000, 1000), (5000, 2500)), limits)[1]


def test_nothing_to_compare_is_insufficient():
    """No rows, no columns, one group, columns that are not there, limits that apply to nothing."""
    for made, limits, said in (
        (Report(Classified()), Limits(), "no columns were declared"),
        (Report(Classified(), (Groups(("sex",), {}),)), Limits(), "no row has a score and an outcome"),
        (_report((900, 300)), Limits(), "nothing to compare with g=0"),
        (_report((900, 300), (900, 300)), Limits(columns=("sex",)), "nothing is known by sex"),
        (Report(Estimated(9), (Groups(("g",), {"g=a": Estimated(9)}),)), SELECTION, "none of the limits is on"),
    ):
        standing, reason, then = judge_report(made, limits)
        assert (standing, bool(then)) == ("insufficient", True)
        assert said in reason


def test_columns_that_are_not_named_are_not_judged():
    """Nor are their pairs."""
    made = report(drawn(3000))
    assert {one.split for one in findings(made, replace(SELECTION, columns=("sex",)))} == {"sex"}
    assert {one.split for one in findings(made, SELECTION)} == {"sex", "age", "sex & age"}


def test_limits_of_a_regression_are_shares_of_the_mean_error():
    """Twice the unit, twice the gap, the same verdict."""
    rng = np.random.default_rng(6)
    truth = rng.normal(0, 1, 40_000)
    score = truth + rng.normal(0, 0.5, 40_000)
    group = rng.choice(["a", "b"], 40_000)
    limits = Limits.from_dict({"difference": {"error": 0.1, "calibration": 0.1}})
    for scale in (1.0, 1000.0):
        for shift, expected in ((0.0, "pass"), (0.2, "fail")):
            moved = score + shift * (group == "a")
            given_ = {"outcome": truth * scale, "score": moved * scale, "decision": None, "groups": {"g": group}}
            assert judge_report(report(given_), limits)[0] == expected


def test_the_true_gap_lies_in_the_interval():
    """Of all metrics by all splits together, in at least 95 of 100 seeded draws of unlike groups."""
    rng, missed = np.random.default_rng(7), 0
    rates = np.array([0.1, 0.15, 0.6])
    for _ in range(300):
        group = rng.choice(3, 400, p=[0.6, 0.3, 0.1])
        chosen = rng.random(400) < rates[group]
        score = rng.beta(1, 2, 400)
        given_ = {"outcome": rng.random(400) < score, "score": score, "decision": chosen}
        made = report({**given_, "groups": {"g": group.astype(str)}})
        every = range(3)
        seen = {one.metric: one.difference(every, every) for one in made.comparisons()}
        true = {Metric.SELECTION_RATE: 0.5, Metric.TPR: 0.5, Metric.FPR: 0.5, Metric.CALIBRATION: 0.0}
        missed += any(not seen[metric].low <= gap <= seen[metric].high for metric, gap in true.items())
    assert missed / 300 <= 0.05


@pytest.mark.parametrize("seed", range(3))
def test_fair_scores_do_not_fail(seed):
    """The chance to convict them is at most one in twenty, over everything that is judged."""
    assert judge_report(report(drawn(4000, seed)), Limits())[0] != "fail"
