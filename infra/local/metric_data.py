"""What was measured of one metric, from when to when? Read from an index over moto's data, a list in time order for
each metric: moto walks through all it has for every query and period, and the only lock is held meanwhile."""

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any
from weakref import WeakKeyDictionary

from moto.cloudwatch.models import CloudWatchBackend, MetricAggregatedDatum

from infra.local.alarms import STATISTICS, Sample

__all__ = ["Metric", "metric", "samples"]

Metric = tuple[str, str, frozenset[tuple[str, str]]]
OF_MOTO = "AWS/S3"  # computed by moto when asked, and so not in its data
AT = attrgetter("at")


def metric(namespace: str, name: str, dimensions: Iterable[Any]) -> Metric:
    """Exactly these dimensions, neither fewer nor more, in any order."""
    return namespace, name, frozenset((one.name, one.value) for one in dimensions)


@dataclass
class Index:
    """Follows a list that grows at its end. Where moto has another list (it was reset, or old data forgotten), it
    starts anew."""

    seen: list[Any] = field(default_factory=list)
    count: int = 0
    found: dict[Metric, dict[str | None, list[Sample]]] = field(default_factory=dict)

    def follow(self, data: list[Any]) -> None:
        if data is not self.seen or len(data) < self.count:
            self.seen, self.count, self.found = data, 0, {}
        for one in data[self.count :]:
            units = self.found.setdefault(metric(one.namespace, one.name, one.dimensions), {})
            insort(units.setdefault(one.unit, []), _sample(one), key=AT)  # at the end, unless it comes late
            self.count += 1


_indexes: WeakKeyDictionary[CloudWatchBackend, Index] = WeakKeyDictionary()


def samples(
    backend: CloudWatchBackend, of: Metric, since: float, until: float = math.inf, unit: str | None = None
) -> list[Sample]:
    """Those in [since, until), of one unit or of all. Only within `Moto.run`."""
    index = _indexes.setdefault(backend, Index())
    index.follow(backend.metric_data)
    found: list[Sample] = []
    for one, data in index.found.get(of, {}).items():
        if unit in (None, one):
            start = bisect_left(data, since, key=AT)
            found += data[start : bisect_left(data, until, lo=start, key=AT)]
    return found


def get_metric_data(
    self: CloudWatchBackend, queries: list[dict[str, Any]], start_time: datetime, end_time: datetime,
    scan_by: str = "TimestampAscending",
) -> list[dict[str, Any]]:  # fmt: skip
    """In the place of moto's, which also ignores the namespace where there are dimensions. A request that holds more
    than plain statistics (an Expression, a percentile) is left to moto, whole."""
    start, end = start_time.replace(microsecond=0), end_time.replace(microsecond=0)
    if start >= end or not all(map(_is_plain, queries)):
        return _of_moto(self, queries, start_time, end_time, scan_by)
    wanted = [query for query in queries if query.get("ReturnData", True)]
    return [_result(query, _values(self, query["MetricStat"], start, end), start, scan_by) for query in wanted]


def _is_plain(query: Mapping[str, Any]) -> bool:
    stat = query.get("MetricStat")
    return bool(stat) and stat["Stat"] in STATISTICS and stat["Metric"]["Namespace"] != OF_MOTO


def _values(backend: CloudWatchBackend, stat: Mapping[str, Any], start: datetime, end: datetime) -> dict[int, float]:
    """By number of the period, in order; periods without data are left out."""
    asked, since, period = stat["Metric"], _seconds(start), int(stat["Period"])
    dimensions = frozenset((one["Name"], one["Value"]) for one in asked.get("Dimensions") or ())
    of = asked["Namespace"], asked["MetricName"], dimensions
    periods: dict[int, list[Sample]] = {}
    for one in samples(backend, of, since, _seconds(end), stat.get("Unit")):
        periods.setdefault(int((one.at - since) // period), []).append(one)
    return {number: STATISTICS[stat["Stat"]](periods[number]) for number in sorted(periods)}


def _result(query: Mapping[str, Any], values: Mapping[int, float], start: datetime, scan_by: str) -> dict[str, Any]:
    stat = query["MetricStat"]
    numbers = list(reversed(values)) if scan_by == "TimestampDescending" else list(values)
    return {
        "id": query["Id"],
        "label": query.get("Label") or f"{stat['Metric']['MetricName']} {stat['Stat']}",
        "values": [values[number] for number in numbers],
        "timestamps": [start + timedelta(seconds=number * int(stat["Period"])) for number in numbers],
        "status_code": "Complete",
    }


def _sample(one: Any) -> Sample:
    at = _seconds(one.timestamp)
    if isinstance(one, MetricAggregatedDatum):
        return Sample(at, one.sample_count, one.sum, one.min, one.max)
    return Sample(at, 1, one.value, one.value, one.value)


def _seconds(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


_of_moto = CloudWatchBackend.get_metric_data
CloudWatchBackend.get_metric_data = get_metric_data  # type: ignore[method-assign]
