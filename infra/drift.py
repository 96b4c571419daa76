"""Who finds out that the world has moved? One function, woken for each endpoint by the endpoint's own schedule."""

from aws_cdk import Duration, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from infra.endpoint import Endpoint
from infra.function import Function, Steering
from infra.notices import Topic
from infra.registry import Registry


class Drift(Construct):
    """It reads windows and outcomes, writes records and reports, and tells owners and programs.

    1,769 MB are one whole CPU. A day of a busy endpoint is a few hundred objects of some kilobytes.
    """

    def __init__(self, scope: Construct, *, steering: Steering, registry: Registry) -> None:
        super().__init__(scope, "Verdicts")
        self._stage = steering.settings.stage
        self.rules: dict[str, events.CfnRule] = {}
        self._drift = Function(
            scope,
            "drift",
            description="Compares what models see with what they were made for",
            steering=steering,
            timeout=Duration.seconds(600),
            memory_mb=1769,
        )
        registry.allow_fetch(self._drift.role, "documents")
        registry.allow_windows_read(self._drift.role)
        registry.allow_reports(self._drift.role)
        registry.allow_records(self._drift.role, "GetItem", "Query", "PutItem")
        self._drift.allow_directory(by_name=True)
        self._drift.allow_events()

    def watch(self, endpoint: Endpoint, topic: Topic) -> None:
        """By the endpoint's schedule; an alarm shows in CloudWatch while the last verdict asks somebody to act."""
        model = endpoint.settings.model
        self.rules[model] = self._drift.woken_by(schedule=endpoint.settings.drift.schedule, model=model)
        self._drift.allow(["sns:Publish"], topic.arn)
        alarm = cloudwatch.CfnAlarm(
            endpoint,
            "DriftAlarm",
            # No dot: alarms named serin-<stage>.… wake the rollback, and going back cures no drift.
            alarm_name=f"serin-{self._stage}-{model}-drift",
            alarm_description=f"What {model} sees or how good it is has changed, and somebody has to act: serin drift",
            namespace=f"Serin/{self._stage}",
            metric_name="DriftAlarm",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="Model", value=model)],
            statistic="Maximum",
            period=3600,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="ignore",
        )
        Tags.of(alarm).add("model", model)
