"""What did both releases count, window by window? From CloudWatch, in one GetMetricData."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from serin.aws.failures import call
from serin.registry.endpoints import Endpoint
from serin.rollout.evidence import Arms, Window, counted
from serin.rollout.guardrails import ERRORS, INVALID_OUTPUT, LOW_CONFIDENCE, OVER_LATENCY
from serin.rollout.state import Rollout
from serin.stats.counts import Counts

__all__ = ["Measures", "metric_of", "window_s"]

_CRASHES = "Crashes"
_METRICS = (
    "Invocations", "Errors5xx", "ModelRefusals", "OverBudget", "Predictions", "InvalidOutputs", "LowConfidence",
    _CRASHES,
)  # fmt: skip
_PERIODS = (60, 30, 10, 5, 1)
_WINDOWS = 30

Sums = Mapping[str, float]


def window_s(minute_s: float) -> int:
    """The longest period of CloudWatch's that fits into a minute of this clock, which may be a fast one.

    >>> window_s(60), window_s(12.0), window_s(0.2)
    (60, 10, 1)
    """
    return next((period for period in _PERIODS if period <= minute_s), _PERIODS[-1])


def metric_of(name: str, endpoint: Endpoint, release: str) -> dict[str, Any]:
    """A crash has no line of the function's own: Lambda counts it, by the version that an alias led to."""
    if name == _CRASHES:
        dimensions = {
            "FunctionName": endpoint.function,
            "Resource": f"{endpoint.function}:{endpoint.alias}",
            "ExecutedVersion": release,
        }
        return _metric("AWS/Lambda", "Errors", dimensions)
    return _metric(f"Serin/{endpoint.stage}", name, {"Model": endpoint.model, "Release": release})


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    pairs = [{"Name": one, "Value": value} for one, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}


@dataclass(frozen=True)
class Measures:
    """Implements serin.rollout.controller.Measures. Windows are as long as a minute of the clock, and read one later.

    CloudWatch publishes Lambda's own counts by the minute, and a minute after it: younger windows would lack crashes.
    """

    client: Any
    minute_s: float = 60.0

    def windows(self, endpoint: Endpoint, rollout: Rollout, now: datetime) -> tuple[Window, ...]:
        length = timedelta(seconds=window_s(self.minute_s))
        end = _floor(now - timedelta(seconds=self.minute_s), length)
        control, candidate = (
            self._sums(endpoint, release, end - _WINDOWS * length, end, length)
            for release in (str(rollout.previous), str(rollout.candidate))
        )
        return tuple(
            Window(at, at + length, _arms(control.get(at, {}), candidate.get(at, {})))
            for at in sorted(control.keys() | candidate.keys())
        )

    def _sums(
        self, endpoint: Endpoint, release: str, start: datetime, end: datetime, length: timedelta
    ) -> dict[datetime, dict[str, float]]:
        found: dict[datetime, dict[str, float]] = {}
        queries = [
            {
                "Id": f"m{index}",
                "MetricStat": {
                    "Metric": metric_of(name, endpoint, release),
                    "Period": int(length.total_seconds()),
                    "Stat": "Sum",
                },
            }
            for index, name in enumerate(_METRICS)
        ]
        for index, at, value in self._values(queries, start, end):
            if start <= at < end:
                found.setdefault(at, {})[_METRICS[index]] = value
        return found

    def _values(
        self, queries: list[dict[str, Any]], start: datetime, end: datetime
    ) -> Iterator[tuple[int, datetime, float]]:
        arguments: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end}
        while True:
            page = call(self.client.get_metric_data, **arguments)
            for result in page["MetricDataResults"]:
                for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                    yield int(result["Id"][1:]), at.astimezone(UTC), value
            if not page.get("NextToken"):
                return
            arguments["NextToken"] = page["NextToken"]


def _floor(at: datetime, length: timedelta) -> datetime:
    return at - (at - datetime(2000, 1, 1, tzinfo=UTC)) % length


def _arms(control: Sums, candidate: Sums) -> dict[str, Arms]:
    one, two = _counts(control), _counts(candidate)
    return {name: Arms(one[name], two[name]) for name in one}


def _counts(sums: Sums) -> dict[str, Counts]:
    """A refusal by the model is a client's 400, but the model may be what is wrong: it counts as an error."""
    known = {name: round(sums.get(name, 0)) for name in _METRICS}
    failed = known["Errors5xx"] + known["ModelRefusals"] + known[_CRASHES]
    return {
        ERRORS.name: counted(failed, known["Invocations"] + known[_CRASHES]),
        OVER_LATENCY.name: counted(known["OverBudget"], known["Invocations"]),
        INVALID_OUTPUT.name: counted(known["InvalidOutputs"], known["Predictions"]),
        LOW_CONFIDENCE.name: counted(known["LowConfidence"], known["Predictions"]),
    }
