"""Are figures, differences and ratios those of fairlearn, on the same rows?"""

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import zero_one_loss

from serin.fairness.gaps import Comparison
from serin.fairness.metrics import Metric
from serin.fairness.report import Report
from tests.unit.fairness.rows import report

FIGURES = {
    Metric.SELECTION_RATE: fairlearn.selection_rate,
    Metric.TPR: fairlearn.true_positive_rate,
    Metric.FPR: fairlearn.false_positive_rate,
    Metric.ERROR: zero_one_loss,
}


@given(st.integers(0, 10**6), st.integers(1, 120), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=15)
def test_figures_by_group_and_by_pair_are_fairlearn_s(seed, n, many, few):
    """Where a group has none to count, fairlearn says 0 and Serin says nothing."""
    rng = np.random.default_rng(seed)
    truth, decision = rng.random(n) < 0.4, rng.random(n) < 0.5
    sex, age = rng.integers(0, few, n).astype(str), rng.integers(0, many, n).astype(str)
    found = report({"outcome": truth, "score": rng.random(n), "decision": decision, "groups": {"sex": sex, "age": age}})
    for columns, split in zip(({"sex": sex}, {"age": age}, {"sex": sex, "age": age}), found.splits, strict=True):
        frame = fairlearn.MetricFrame(metrics=FIGURES, y_true=truth, y_pred=decision, sensitive_features=columns)
        for key, row in frame.by_group.dropna().iterrows():
            values = key if isinstance(key, tuple) else (key,)
            counts = split.counts[" & ".join(f"{name}={value}" for name, value in zip(columns, values, strict=True))]
            for metric, sample in counts.samples().items():
                if metric in FIGURES:
                    assert (sample.value or 0.0) == pytest.approx(row[metric])


@pytest.mark.parametrize("seed", range(5))
def test_differences_and_ratios_are_fairlearn_s(seed):
    """Demographic parity and equalized odds, by one column and by a pair."""
    rng = np.random.default_rng(seed)
    sex, age = rng.choice(["F", "M"], 600), rng.choice(["young", "middle", "old"], 600)
    truth = rng.random(600) < np.where(sex == "F", 0.3, 0.5)
    decision = rng.random(600) < 0.2 + 0.4 * truth
    found = report(
        {"outcome": truth, "score": rng.random(600), "decision": decision, "groups": {"sex": sex, "age": age}}
    )
    for place, columns in ((0, {"sex": sex}), (1, {"age": age}), (2, {"sex": sex, "age": age})):
        given_ = {"y_true": truth, "y_pred": decision, "sensitive_features": columns}
        gaps = {metric: _seen(found, place, metric) for metric in FIGURES}
        assert gaps[Metric.SELECTION_RATE] == pytest.approx(
            (fairlearn.demographic_parity_difference(**given_), fairlearn.demographic_parity_ratio(**given_))
        )
        odds = [gaps[Metric.TPR], gaps[Metric.FPR]]
        assert max(one for one, _ in odds) == pytest.approx(fairlearn.equalized_odds_difference(**given_))
        assert min(one for _, one in odds) == pytest.approx(fairlearn.equalized_odds_ratio(**given_))


def _seen(found: Report, place: int, metric: Metric) -> tuple[float | None, float | None]:
    one: Comparison = next(c for c in found.comparisons() if c.split is found.splits[place] and c.metric is metric)
    every = range(len(one.names))
    return one.difference(every, every).value, one.ratio(every, every).value
