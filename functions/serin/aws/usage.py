"""What was used, as AWS measured it: sums of its metrics by the hour, what is stored, and which releases there are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from serin.aws.dynamodb import Table
from serin.aws.failures import call
from serin.aws.function_versions import architecture_of, versions_of
from serin.aws.lambda_ import Functions
from serin.aws.release_table import ReleaseTable
from serin.cost.deployed import Deployed, Published
from serin.cost.hour import end_of, hour_of, start_of
from serin.cost.metric import Metric
from serin.cost.shared import Stored
from serin.registry.endpoints import Endpoint
from serin.rollout.release import Release

__all__ = ["Usage", "read"]

_MOST = 500
"""Metrics in one GetMetricData."""
_LATELY, _CLOSELY = 2, 8
"""So many of the last releases are watched beside those that the alias leads to."""
_DAY_S = 86_400


@dataclass(frozen=True)
class Usage:
    """Implements serin.cost.keep.Meter."""

    cloudwatch: Any
    lambda_: Any
    dynamodb: Any

    def sums(self, metrics: Iterable[Metric], hours: Sequence[str]) -> dict[str, dict[Metric, Fraction]]:
        found: dict[str, dict[Metric, Fraction]] = {}
        for metric, at, value in read(self.cloudwatch, metrics, start_of(hours[0]), end_of(hours[-1]), 3600, "Sum"):
            found.setdefault(hour_of(at), {})[metric] = _exact(value)
        return found

    def stored(self, table: str, buckets: Sequence[str], now: datetime) -> Stored:
        """S3 says it once a day, for the day before; DynamoDB every six hours."""
        described = call(self.dynamodb.describe_table, TableName=table)["Table"]
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        latest: dict[Metric, int] = {}
        wanted = [_size_of(bucket) for bucket in buckets]
        start, end = today - timedelta(days=3), today + timedelta(days=1)
        for metric, _, value in read(self.cloudwatch, wanted, start, end, _DAY_S, "Average"):
            latest[metric] = round(value)
        return Stored(int(described.get("TableSizeBytes", 0)), sum(latest.values()))

    def deployed(self, endpoint: Endpoint, *, closely: bool) -> Deployed:
        records = ReleaseTable(Table(self.dynamodb, endpoint.table)).all(endpoint.model)
        latest, published = self._published(endpoint, records)
        alias = Functions(self.lambda_).alias(endpoint.function, endpoint.alias)
        newest = sorted((one.number for one in records), reverse=True)[: _CLOSELY if closely else _LATELY]
        numbers = {int(alias.version), *map(int, alias.weights), *newest}
        known = {one.release: one for one in published}
        watched = tuple(known.get(number) or _gone(latest, number, records) for number in sorted(numbers))
        live = next(one for one in watched if one.release == int(alias.version))
        return Deployed(endpoint, live, tuple(published), watched)

    def _published(self, endpoint: Endpoint, records: Sequence[Release]) -> tuple[Published, list[Published]]:
        """$LATEST, and all versions. Those without a record have no model."""
        models = {one.number: one.model_version for one in records}
        found = []
        for one in versions_of(self.lambda_, endpoint.function):
            number = 0 if one["Version"] == "$LATEST" else int(one["Version"])
            snap = one.get("SnapStart", {})
            kept = number > 0 and snap.get("ApplyOn") == "PublishedVersions" and snap.get("OptimizationStatus") == "On"
            memory_mb, architecture = int(one["MemorySize"]), architecture_of(one)
            found.append(Published(number, models.get(number, 0), memory_mb, architecture, kept))
        return next(one for one in found if not one.release), [one for one in found if one.release]


def read(
    client: Any, metrics: Iterable[Metric], start: datetime, end: datetime, period: int, statistic: str
) -> Iterator[tuple[Metric, datetime, float]]:
    """Each value that there is, by metric in time order. As few requests as CloudWatch takes them in."""
    wanted = list(dict.fromkeys(metrics))
    for first in range(0, len(wanted), _MOST):
        some = wanted[first : first + _MOST]
        queries = [_query(index, metric, period, statistic) for index, metric in enumerate(some)]
        arguments: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end}
        arguments["ScanBy"] = "TimestampAscending"
        while True:
            page = call(client.get_metric_data, **arguments)
            for result in page["MetricDataResults"]:
                for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                    yield some[int(result["Id"][1:])], at.astimezone(UTC), value
            if not page.get("NextToken"):
                break
            arguments["NextToken"] = page["NextToken"]


def _query(index: int, metric: Metric, period: int, statistic: str) -> dict[str, Any]:
    pairs = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    wanted = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": pairs}
    return {"Id": f"m{index}", "MetricStat": {"Metric": wanted, "Period": period, "Stat": statistic}}


def _exact(value: float) -> Fraction:
    """To the thousandth: counts and bytes are whole, and a thousandth of a millisecond has no price."""
    return Fraction(round(value * 1000), 1000)


def _size_of(bucket: str) -> Metric:
    return Metric("AWS/S3", "BucketSizeBytes", (("BucketName", bucket), ("StorageType", "StandardStorage")))


def _gone(latest: Published, number: int, records: Sequence[Release]) -> Published:
    """A release that was deleted meanwhile is taken to have had the memory of today."""
    version = next((one.model_version for one in records if one.number == number), 0)
    return Published(number, version, latest.memory_mb, latest.architecture)
