"""Does an idle pass of each scheduled function ask AWS for what the estimate of its cost says?"""

from collections import Counter

import pytest
from botocore.client import BaseClient

from serin.cost.idle import JOBS
from serin.cost.stage import Serving
from tests.handlers.deployed import event, start
from tests.handlers.test_drift_handler import seen  # noqa: F401 - pytest finds it by its name

READS, LISTS, GETS = ("GetItem", "Query"), ("ListObjectsV2",), ("GetObject",)
FREE = {"GetParameter", "GetParametersByPath"}
METRICS = "metrics"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What is asked of AWS, by operation."""
    found: Counter[str] = Counter()
    ask = BaseClient._make_api_call

    def counted(self: BaseClient, operation: str, arguments: object) -> object:
        if operation == "GetMetricData":  # which is billed by the metric
            found[METRICS] += len(arguments["MetricDataQueries"])  # type: ignore[index]
        else:
            found[operation] += 1
        return ask(self, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    return found


@pytest.mark.parametrize(
    ("name", "schedule"),
    [("controller", "controller-schedule"), ("quality", "quality-schedule"), ("compaction", "compaction-schedule"),
     ("drift", "drift-schedule"), ("ledger", "ledger-schedule")],
)  # fmt: skip
@pytest.mark.usefixtures("seen")
def test_an_idle_pass_asks_for_no_more_than_is_estimated(
    name: str,
    schedule: str,
    calls: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One endpoint with one version that was asked yesterday; a first pass does what there is to do."""
    handler = start(monkeypatch, name)
    handler(event(schedule), None)
    calls.clear()
    handler(event(schedule), None)
    asked = {kind: sum(calls[one] for one in kind) for kind in (READS, LISTS, GETS)}
    assert not set(calls) - FREE - {*READS, *LISTS, *GETS, METRICS}
    job, serving = JOBS[name], Serving()
    lists = 1 + serving.drift_back if name == "drift" else job.lists_each + job.lists_version
    assert asked[LISTS] == lists
    assert asked[READS] <= job.reads + job.reads_each + job.reads_version
    assert calls[METRICS] <= job.metrics_each
    assert asked[GETS] <= job.gets_version
    assert asked[READS] or asked[LISTS]
