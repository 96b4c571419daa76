"""Which figures of CloudWatch tell what was used? AWS's own, which cost nothing to keep and a little to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Metric", "Sums", "of_api", "of_function", "of_log", "of_release", "of_stream", "of_table"]


@dataclass(frozen=True)
class Metric:
    """Its sum over an hour is what counts."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


Sums = Mapping[Metric, Fraction]
"""Of one hour. What was not measured, or not read, is not in it."""


def of_function(name: str, function: str) -> Metric:
    """Of all its versions together."""
    return Metric("AWS/Lambda", name, (("FunctionName", function),))


def of_release(name: str, function: str, alias: str, release: int) -> Metric:
    """What the alias led to this version."""
    resource = (("Resource", f"{function}:{alias}"), ("ExecutedVersion", str(release)))
    return Metric("AWS/Lambda", name, (("FunctionName", function), *resource))


def of_api(stage: str) -> Metric:
    """Also what it refused: AWS takes nothing for requests without a valid key and for throttled ones, which are in
    here all the same."""
    return Metric("AWS/ApiGateway", "Count", (("ApiName", f"serin-{stage}"), ("Stage", stage)))


def of_table(name: str, table: str) -> Metric:
    return Metric("AWS/DynamoDB", name, (("TableName", table),))


def of_log(group: str) -> Metric:
    return Metric("AWS/Logs", "IncomingBytes", (("LogGroupName", group),))


def of_stream(name: str, stream: str) -> Metric:
    return Metric("AWS/Firehose", name, (("DeliveryStreamName", stream),))
