"""One EMF line a second: what it counts and when it is written."""

import json

import numpy as np
import pytest

from serin.serving.confidence import Confidence
from serin.serving.metrics import Metrics
from serin.serving.service import Service
from serin.serving.session import load
from tests.unit.serving.small_models import Caller, matrix, tensor


class Recorder:
    def __init__(self, confidence=None):
        self.lines, self.now = [], 1000.0
        self.metrics = Metrics(
            stage="dev", model="m", release="7", budget_ms=10, confidence=confidence,
            write=self.lines.append, clock=lambda: self.now,
        )  # fmt: skip

    def record(self, at, status=200, latency=1.0, rows=1, refused=False, **outputs):
        self.now = 1000.0 + at
        arrays = {name: np.array(values, np.float32) for name, values in outputs.items()}
        self.metrics.record(status, latency, rows, refused, arrays or None)

    def totals(self, *names):
        self.metrics.flush()
        return [sum(line[name] for line in self.read()) for name in names]

    def read(self):
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def recorder():
    return Recorder()


def test_a_lone_request_flushes_at_once(recorder):
    """A quiet endpoint is never late."""
    recorder.record(0, latency=12.3456, rows=4)
    (line,) = recorder.read()
    assert {key: value for key, value in line.items() if key != "_aws"} == {
        "Model": "m", "Release": "7", "Invocations": 1, "Errors4xx": 0, "Errors5xx": 0, "ModelRefusals": 0,
        "Failures": 0, "OverBudget": 1, "Rows": 4, "Predictions": 0, "InvalidOutputs": 0, "Latency": [12.346],
    }  # fmt: skip


def test_a_line_is_well_formed_emf(recorder):
    """Namespace per stage, by Model and Release, every metric declared with unit and resolution, and present."""
    recorder.record(0)
    (line,) = recorder.read()
    assert line["_aws"]["Timestamp"] == 1000_000
    for directive, dimensions in zip(line["_aws"]["CloudWatchMetrics"], (["Model", "Release"], ["Model"]), strict=True):
        assert (directive["Namespace"], directive["Dimensions"]) == ("Serin/dev", [dimensions])
        assert all(metric["Name"] in line and metric["Unit"] for metric in directive["Metrics"])
        assert {metric["StorageResolution"] for metric in directive["Metrics"]} == {1}


def test_failures_are_there_per_release_and_per_model(recorder):
    """An endpoint's alarm outlives its releases. A client's mistake is no failure, a model's refusal is one."""
    for at, (status, refused) in enumerate([(200, False), (404, False), (400, True), (500, False)]):
        recorder.record(at, status=status, refused=refused)
    assert recorder.totals("Failures", "Errors4xx", "Errors5xx", "ModelRefusals") == [2, 2, 1, 1]
    by_release, by_model = recorder.read()[0]["_aws"]["CloudWatchMetrics"]
    assert [metric["Name"] for metric in by_model["Metrics"]] == ["Failures"]
    assert "Failures" in [metric["Name"] for metric in by_release["Metrics"]]


def test_only_answers_of_the_model_are_predictions(recorder):
    """A health check and an error are invocations, no more."""
    recorder.record(0)
    recorder.record(1, status=500)
    recorder.record(2, y=[1.0])
    assert recorder.totals("Invocations", "Predictions") == [3, 1]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_batch_with_one_bad_value_is_one_invalid_output(recorder, wrong):
    """Anywhere in it, in any of its floating outputs."""
    recorder.record(0, rows=2, y=[[1.0], [2.0]], z=[[wrong, 0.0], [wrong, wrong]])
    recorder.record(1, rows=2, y=[[1.0], [2.0]], z=[[0.0, 0.0], [0.0, 0.0]])
    assert recorder.totals("Predictions", "InvalidOutputs") == [2, 1]


def test_outputs_that_hold_no_floats_are_valid(recorder):
    """Labels as whole numbers and as text."""
    recorder.metrics.record(200, 1.0, 1, False, {"n": np.array([1]), "s": np.array(["a"], object)})
    assert recorder.totals("Predictions", "InvalidOutputs") == [1, 0]


def test_low_confidence_is_that_of_the_first_row():
    """One observation per request: neither unsure rows after a sure one count, nor do many for more than one."""
    recorder = Recorder(Confidence("p", 0.6))
    recorder.record(0, rows=2, p=[[0.9, 0.1], [0.5, 0.5]])
    recorder.record(1, rows=3, p=[[0.55, 0.45], [0.5, 0.5], [0.5, 0.5]])
    recorder.record(2, p=[[0.6, 0.4]], other=[1.0])
    recorder.record(3, other=[1.0])
    recorder.record(4, p=[[np.nan, np.nan]])
    assert recorder.totals("Predictions", "LowConfidence", "InvalidOutputs") == [5, 1, 1]


def test_without_a_confidence_there_is_no_low_confidence(recorder):
    """A metric that is always zero would look like a guardrail that holds."""
    recorder.record(0, y=[1.0])
    assert "LowConfidence" not in recorder.lines[0]


def test_a_busy_second_is_one_line(recorder):
    """The first request flushes, the rest of the second waits for the first request after it."""
    for at in (0, 0.1, 0.2, 0.9, 1.0):
        recorder.record(at)
    assert [line["Invocations"] for line in recorder.read()] == [1, 4]
    assert recorder.read()[1]["_aws"]["Timestamp"] == 1000_100


@pytest.mark.parametrize(("status", "name"), [(400, "Errors4xx"), (503, "Errors5xx")])
def test_errors_flush_at_once(recorder, status, name):
    """An alarm must not wait."""
    recorder.record(0)
    recorder.record(0.1, status=status, refused=status == 400)
    line = recorder.read()[-1]
    assert (line[name], line["ModelRefusals"]) == (1, int(status == 400))


def test_no_line_has_over_a_hundred_values(recorder):
    """CloudWatch drops what is beyond."""
    for _ in range(250):
        recorder.record(0.5)
    recorder.metrics.flush()
    assert [line["Invocations"] for line in recorder.read()] == [1, 100, 100, 49]


def test_nothing_to_say_writes_nothing(recorder):
    """No empty lines."""
    recorder.metrics.flush()
    assert recorder.lines == []


def test_outputs_are_looked_at_after_the_response():
    """The handler hands over what the model gave, and only that: nothing for an error or for a page."""
    recorder, works = Recorder(Confidence("doubled", 0.6)), []
    service = Service.from_model(
        load(matrix()), name="m", metrics=recorder.metrics, submit=lambda _, work: works.append(work)
    )
    caller = Caller(service)
    assert caller.infer([tensor("features", "FP32", [2, 3], [0.1, 0.2, 0.25, None, 0, 0])])[0] == 400
    assert caller.infer([tensor("features", "FP32", [2, 3], [0.1, 0.2, 0.25, 3e38, 0, 0])])[0] == 200
    assert caller.get("/v2/health/ready")[0] == 200
    assert recorder.lines == []
    for work in works:
        work()
    names = ("Invocations", "Errors4xx", "Rows", "Predictions", "InvalidOutputs", "LowConfidence")
    assert recorder.totals(*names) == [3, 1, 2, 1, 1, 1]
