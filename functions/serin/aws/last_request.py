"""When was an endpoint asked last, as Lambda measured it? One metric, and a month costs no more than an hour."""

from datetime import UTC, datetime, timedelta
from typing import Any

from serin.aws.failures import call
from serin.registry.endpoints import Endpoint

__all__ = ["last_request"]

_HOUR = timedelta(hours=1)


def last_request(cloudwatch: Any, endpoint: Endpoint, since: datetime, now: datetime) -> datetime | None:
    """To the hour, and never too early; None without a request since then."""
    pairs = [{"Name": "FunctionName", "Value": endpoint.function}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": pairs}
    stat = {"Metric": metric, "Period": int(_HOUR.total_seconds()), "Stat": "Sum"}
    arguments: dict[str, Any] = {
        "MetricDataQueries": [{"Id": "requests", "MetricStat": stat}], "StartTime": since, "EndTime": now,
        "ScanBy": "TimestampDescending",
    }  # fmt: skip
    while True:
        page = call(cloudwatch.get_metric_data, **arguments)
        for result in page["MetricDataResults"]:
            busy = [at for at, value in zip(result["Timestamps"], result["Values"], strict=True) if value]
            if busy:
                hour: datetime = max(busy).astimezone(UTC)
                return min(now, hour + _HOUR)
        if not page.get("NextToken"):
            return None
        arguments["NextToken"] = page["NextToken"]
