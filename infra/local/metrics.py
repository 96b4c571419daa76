"""What is measured? EMF lines of sandboxes, each invocation's fate and each request, put into moto's CloudWatch."""

import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import orjson
from moto.cloudwatch.models import CloudWatchBackend, Dimension, MetricAggregatedDatum, cloudwatch_backends

from infra.local.console import say
from infra.local.release import ACCOUNT, LATEST, REGION

__all__ = ["Meter", "Point", "backend", "points_of"]

MANY = 100_000  # data that moto may hold before old ones are forgotten
KEPT = timedelta(hours=3)  # as long as CloudWatch keeps single seconds
SUMMED = timedelta(days=1)
Dimensions = tuple[tuple[str, str], ...]
Key = tuple[str, str, Dimensions, str, int]
Counted = tuple[str, str, str | None, str, int]
"""What happened, to which function or API, by which qualifier or stage, with which version, in which second."""
Sums = tuple[float, float, float, float]

# moto compares names with values here, so that three dimensions in another order would not be the same metric.
Dimension.__lt__ = lambda self, other: self.name < other.name  # type: ignore[method-assign, operator]


def backend() -> CloudWatchBackend:
    return cloudwatch_backends[ACCOUNT][REGION]


@dataclass(frozen=True, slots=True)
class Point:
    """Some values of one metric: how many, their sum, the smallest and the largest."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    at: float
    count: float
    total: float
    low: float
    high: float

    @property
    def key(self) -> Key:
        """What falls into one second of one metric is stored together."""
        return self.namespace, self.name, self.dimensions, self.unit, int(self.at)


@dataclass
class Meter:
    """Takes without waiting; `flush`, on moto's thread, does the work."""

    _heard: deque[bytes] = field(default_factory=deque)
    _counted: dict[Counted, list[float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)  # `flush` comes from another thread
    _most: int = MANY

    def hear(self, line: bytes) -> None:
        if line[:1] == b"{" and b'"_aws"' in line:
            self._heard.append(line)

    def invoked(self, function: str, qualifier: str | None, version: str, error: bool, seconds: float) -> None:
        took = seconds * 1000
        with self._lock:
            sums = self._sums(("invoked", function, qualifier, version))
            sums[0] += 1
            sums[1] += error
            sums[2] += took
            sums[3] = min(sums[3], took)
            sums[4] = max(sums[4], took)
            sums[5] = min(sums[5], error)
            sums[6] = max(sums[6], error)

    def throttled(self, function: str, qualifier: str | None) -> None:
        with self._lock:
            self._sums(("throttled", function, qualifier, ""))[0] += 1

    def asked(self, api: str, stage: str) -> None:
        """One request to the gateway, whatever became of it."""
        with self._lock:
            self._sums(("asked", api, stage, ""))[0] += 1

    def _sums(self, about: tuple[str, str, str | None, str]) -> list[float]:
        key = (*about, int(time.time()))
        found = self._counted.get(key)
        if found is None:
            found = self._counted[key] = [0, 0, 0.0, math.inf, 0.0, 1, 0]
        return found

    def flush(self) -> None:
        """Only within `Moto.run`: everything heard so far becomes visible to CloudWatch's readers."""
        merged: dict[Key, list[float]] = {}
        while self._heard:
            for point in _points(self._heard.popleft()):
                _add(merged, point.key, (point.count, point.total, point.low, point.high))
        with self._lock:
            counted, self._counted = self._counted, {}
        for key, sums in counted.items():
            for one, values in _measured(key, sums):
                _add(merged, one, values)
        _store(merged)
        if len(backend().metric_data) > self._most:
            # Not at each flush from here on: another list makes `metric_data` start its index anew.
            self._most = max(MANY, 2 * _forget())


def _measured(key: Counted, sums: list[float]) -> Iterator[tuple[Key, Sums]]:
    """What AWS measures of it by itself, as count, sum, smallest and largest."""
    what, name, qualifier, version, at = key
    count = sums[0]
    if what == "asked":
        yield ("AWS/ApiGateway", "Count", (("ApiName", name), ("Stage", str(qualifier))), "Count", at), _ones(count)
        return
    for dimensions in _dimensions(name, qualifier, version):
        if what == "throttled":
            yield ("AWS/Lambda", "Throttles", dimensions, "Count", at), _ones(count)
            continue
        yield ("AWS/Lambda", "Invocations", dimensions, "Count", at), _ones(count)
        yield ("AWS/Lambda", "Errors", dimensions, "Count", at), (count, sums[1], sums[5], sums[6])
        yield ("AWS/Lambda", "Throttles", dimensions, "Count", at), (count, 0.0, 0.0, 0.0)
        yield ("AWS/Lambda", "Duration", dimensions, "Milliseconds", at), (count, sums[2], sums[3], sums[4])


def _ones(count: float) -> Sums:
    return count, count, 1.0, 1.0


def _dimensions(function: str, qualifier: str | None, version: str) -> list[Dimensions]:
    sets: list[Dimensions] = [(("FunctionName", function),)]
    sets.append((*sets[0], ("Resource", f"{function}:{qualifier}" if qualifier else function)))
    if version and qualifier and qualifier != LATEST and not qualifier.isdigit():
        sets.append((("ExecutedVersion", version), *sets[1]))
    return sets


def _points(line: bytes) -> Iterator[Point]:
    try:
        yield from list(points_of(orjson.loads(line)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        say(f"a log line looks like a metric but is not valid EMF ({type(error).__name__}: {error}): {line[:200]!r}")


def points_of(document: dict[str, Any]) -> Iterator[Point]:
    """Every metric of an EMF document, once per set of dimensions. Raises ValueError, KeyError or TypeError."""
    at = document["_aws"]["Timestamp"] / 1000
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = tuple(sorted((name, str(document[name])) for name in names))
            for metric in directive["Metrics"]:
                if metric["Name"] in document:
                    values = _summary(document[metric["Name"]])
                    unit = metric.get("Unit", "None")
                    yield Point(directive["Namespace"], metric["Name"], dimensions, unit, at, *values)


def _summary(value: Any) -> tuple[float, float, float, float]:
    """A number, a list of numbers, values with counts, or a statistic set: as count, sum, minimum, maximum."""
    if isinstance(value, dict) and "Values" not in value:
        return float(value["Count"]), float(value["Sum"]), float(value["Min"]), float(value["Max"])
    values = value["Values"] if isinstance(value, dict) else value if isinstance(value, list) else [value]
    counts = value.get("Counts", [1] * len(values)) if isinstance(value, dict) else [1] * len(values)
    pairs = [(float(one), float(count)) for one, count in zip(values, counts, strict=True) if count]
    if not pairs:
        raise ValueError("a metric without values")
    numbers = [one for one, _ in pairs]
    return sum(count for _, count in pairs), sum(one * count for one, count in pairs), min(numbers), max(numbers)


def _datum(key: Key, sums: list[float]) -> dict[str, Any]:
    _, name, dimensions, unit, second = key
    return {
        "MetricName": name,
        "Dimensions": [{"Name": one, "Value": value} for one, value in dimensions],
        "Timestamp": datetime.fromtimestamp(second, UTC).replace(tzinfo=None),  # moto compares naive ones
        "Unit": unit,
        "StatisticValues": dict(zip(("SampleCount", "Sum", "Minimum", "Maximum"), sums, strict=True)),
    }


def _forget() -> int:
    """Of what AWS itself measures, sums by the minute stay for a day: a ledger adds them up later."""
    now = datetime.now(UTC).replace(tzinfo=None)
    before = backend().metric_data
    backend().metric_data = [one for one in before if one.timestamp >= now - KEPT]
    merged: dict[Key, list[float]] = {}
    for one in before:
        measured = one.namespace.startswith("AWS/") and isinstance(one, MetricAggregatedDatum)
        if measured and now - SUMMED <= one.timestamp < now - KEPT:
            minute = int(one.timestamp.replace(tzinfo=UTC, second=0, microsecond=0).timestamp())
            dimensions = tuple((str(pair.name), str(pair.value)) for pair in one.dimensions)
            key = (one.namespace, one.name, dimensions, one.unit, minute)
            _add(merged, key, (one.sample_count, one.sum, one.min, one.max))
    _store(merged)
    return len(backend().metric_data)


def _add(merged: dict[Key, list[float]], key: Key, values: Sums) -> None:
    count, total, low, high = values
    have = merged.setdefault(key, [0, 0, low, high])
    have[:] = [have[0] + count, have[1] + total, min(have[2], low), max(have[3], high)]


def _store(merged: dict[Key, list[float]]) -> None:
    for key, sums in merged.items():
        backend().put_metric_data(key[0], [_datum(key, sums)])
