"""What does the alarm on requests a minute say, and from how many on is it red?"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from infra.demo.stage import MODEL, Stage
from serin.aws.clients import Clients
from serin.spending.signal import RUNAWAY, Source, SpendAlarm

__all__ = ["Limit", "at_most", "limit", "red_since", "reserved"]

_KEPT = (
    "AlarmName", "AlarmDescription", "MetricName", "Namespace", "Statistic", "Dimensions", "Period",
    "EvaluationPeriods", "ComparisonOperator", "TreatMissingData",
)  # fmt: skip


@dataclass(frozen=True)
class Limit:
    """`recent` requests came within the last minute."""

    per_minute: int
    recent: int


def limit(stage: Stage) -> Limit:
    """As it is set now."""
    alarm = _alarm(stage)
    now = datetime.now(UTC)
    about = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    metric = {"Metric": about, "Period": int(alarm["Period"]), "Stat": "Sum"}
    (found,) = _client(stage, "cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "requests", "MetricStat": metric}],
        StartTime=now - timedelta(seconds=alarm["Period"]),
        EndTime=now,
    )["MetricDataResults"]
    return Limit(int(alarm["Threshold"]), int(sum(found["Values"])))


def at_most(stage: Stage, per_minute: int) -> None:
    """As another `runaway_per_minute` in cdk.json would."""
    alarm = _alarm(stage)
    kept = {name: alarm[name] for name in _KEPT}
    _client(stage, "cloudwatch").put_metric_alarm(**kept, Threshold=per_minute)


def red_since(stage: Stage) -> datetime | None:
    """None while it is not."""
    alarm = _alarm(stage)
    since: datetime = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    return since.astimezone(UTC) if alarm["StateValue"] == "ALARM" else None


def reserved(stage: Stage) -> int | None:
    """The endpoint's reserved concurrency; None where it has none, 0 where it is stopped."""
    name = f"serin-{stage.cloud.stage}-{MODEL}"
    found = _client(stage, "lambda").get_function_concurrency(FunctionName=name)
    value: int | None = found.get("ReservedConcurrentExecutions")
    return value


def _alarm(stage: Stage) -> dict[str, Any]:
    name = str(SpendAlarm(stage.cloud.stage, RUNAWAY, Source.MODEL, MODEL))
    alarm: dict[str, Any]
    (alarm,) = _client(stage, "cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarm


def _client(stage: Stage, service: str) -> Any:
    return _made(stage.cloud.region, stage.cloud.aws_endpoint, service)


@cache  # it is asked again and again while a client runs away
def _made(region: str, endpoint: str, service: str) -> Any:
    return Clients(region, endpoint_url=endpoint, key=("local", "local")).client(service)
