"""Faults of known kind in real flights are called by their names, and quiet months stay within their budget."""

import numpy as np
import pytest

from serin.drift.budget import Budget
from tests.benchmarks.drift_faults import FAULTS
from tests.benchmarks.drift_quiet import Endpoint, month
from tests.benchmarks.drift_runs import simulate


@pytest.mark.soak
@pytest.mark.parametrize("rows", [1_000, 5_000])
def test_nine_of_ten_faults_are_called_by_their_names(rows):
    """And none that costs five points of AUC is stable."""
    runs = [run for fault in FAULTS if (run := simulate(False, fault, rows, 20, 1)) is not None]
    counted = [run for run in runs if run.matters]
    assert np.mean([run.is_right for run in counted]) >= 0.9
    assert not any(run.is_missed for run in runs)


@pytest.mark.soak
@pytest.mark.parametrize("features", [5, 20])
def test_quiet_months_stay_within_their_budget(features):
    """Of days that differ by themselves, and follow each other like weather."""
    months = [month(Endpoint(features, 0.5, seed), 5_000, Budget()) for seed in range(10)]
    alarms = np.array([sum(one.is_alarm for one in found) for found in months])
    assert alarms.mean() <= 1 + 2 * alarms.std() / np.sqrt(alarms.size)
