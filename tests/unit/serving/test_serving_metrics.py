"""One EMF line a second: what it counts and when it is written."""

import json

import pytest

from serin.serving.metrics import Metrics


class Recorder:
    def __init__(self):
        self.lines, self.now = [], 1000.0
        self.metrics = Metrics(
            stage="dev", model="m", release="7", budget_ms=10, write=self.lines.append, clock=lambda: self.now
        )

    def record(self, at, status=200, latency=1.0, rows=1, refused=False):
        self.now = 1000.0 + at
        self.metrics.record(status, latency, rows, refused)

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
        "OverBudget": 1, "Rows": 4, "Latency": [12.346],
    }  # fmt: skip


def test_a_line_is_well_formed_emf(recorder):
    """Namespace per stage, dimensions Model and Release, every metric declared with its unit and present."""
    recorder.record(0)
    (line,) = recorder.read()
    assert line["_aws"]["Timestamp"] == 1000_000
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Serin/dev", [["Model", "Release"]])
    assert all(metric["Name"] in line and metric["Unit"] for metric in directive["Metrics"])


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
