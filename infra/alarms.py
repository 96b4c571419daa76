"""When is an endpoint as a whole in trouble? Alarms that stand whether or not anything is being rolled out."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.endpoint import Endpoint
from serin.rollout.cliffs import LIVE, AlarmName, CliffKind


class Alarms(Construct):
    """Crashes by Lambda's own count, failures by the function's: two of three periods with too many are an alarm.

    They have no action of their own. EventBridge wakes the rollback function, which goes back when a rollout is active
    and tells the watcher and the approver when none is.
    """

    def __init__(self, endpoint: Endpoint, *, stage: str) -> None:
        super().__init__(endpoint, "Alarms")
        self._endpoint, self._stage = endpoint, stage
        most = endpoint.settings.alarm_errors_per_minute
        name = endpoint.function.function_name
        live = {"FunctionName": name, "Resource": f"{name}:{endpoint.live.alias_name}"}
        self._alarm(CliffKind.CRASHES, "AWS/Lambda", "Errors", live, Duration.minutes(1), most)
        of_model = {"Model": endpoint.settings.model}
        self._alarm(
            CliffKind.FAILURES, f"Serin/{stage}", "Failures", of_model, Duration.seconds(10), max(1, -(-most // 6))
        )

    def _alarm(
        self, kind: CliffKind, namespace: str, metric: str, dimensions: dict[str, str], period: Duration, most: int
    ) -> None:
        model = self._endpoint.settings.model
        cloudwatch.CfnAlarm(
            self,
            kind.capitalize(),
            alarm_name=str(AlarmName(self._stage, model, LIVE, kind)),
            alarm_description=f"{kind} of the endpoint {model}, whichever release they come from",
            namespace=namespace,
            metric_name=metric,
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name=one, value=value) for one, value in dimensions.items()
            ],
            statistic="Sum",
            period=period.to_seconds(),
            evaluation_periods=3,
            datapoints_to_alarm=2,
            threshold=most,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
        )


def red_alarms(prefix: str) -> dict[str, Any]:
    """The events of alarms whose name begins so and that go red, as a rule's pattern."""
    return {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [{"prefix": prefix}], "state": {"value": ["ALARM"]}},
    }
