"""The CloudWatch alarms of an endpoint: which are red, and those that guard a candidate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from serin.aws.failures import call
from serin.aws.measures import metric_of
from serin.registry.endpoints import Endpoint
from serin.rollout.cliffs import Cliff, CliffKind
from serin.rollout.evidence import Alarm

__all__ = ["Alarms", "described"]

_METRIC = {CliffKind.CRASHES: "Crashes", CliffKind.FAILURES: "Failures"}


@dataclass(frozen=True)
class Alarms:
    """Implements serin.rollout.controller.Alarms."""

    client: Any

    def states(self, endpoint: Endpoint) -> tuple[Alarm, ...]:
        return tuple(_alarm(found) for found in described(self.client, f"serin-{endpoint.stage}.{endpoint.model}."))

    def put(self, endpoint: Endpoint, cliff: Cliff) -> None:
        """Has no action of its own: EventBridge tells the rollback function of every alarm that changes."""
        call(
            self.client.put_metric_alarm,
            AlarmName=str(cliff.name),
            AlarmDescription=f"{cliff.kind} of release {cliff.name.release} of {endpoint.model} while it is rolled out",
            **metric_of(_METRIC[cliff.kind], endpoint, cliff.name.release),
            Statistic="Sum",
            Period=cliff.period_s,
            EvaluationPeriods=1,
            Threshold=cliff.threshold,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            Tags=[{"Key": "team", "Value": endpoint.team}, {"Key": "model", "Value": endpoint.model}],
        )

    def delete(self, names: Iterable[str]) -> None:
        """One that is gone already is no error."""
        call(self.client.delete_alarms, AlarmNames=list(names))


def described(client: Any, prefix: str) -> Iterator[dict[str, Any]]:
    """All alarms whose name begins so."""
    arguments: dict[str, Any] = {"AlarmNamePrefix": prefix, "AlarmTypes": ["MetricAlarm"]}
    while True:
        page = call(client.describe_alarms, **arguments)
        yield from page["MetricAlarms"]
        if not page.get("NextToken"):
            return
        arguments["NextToken"] = page["NextToken"]


def _alarm(found: dict[str, Any]) -> Alarm:
    since = found.get("StateTransitionedTimestamp") or found["StateUpdatedTimestamp"]
    return Alarm(found["AlarmName"], found["StateValue"] == "ALARM", since.astimezone(UTC), round(found["Threshold"]))
