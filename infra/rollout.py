"""Who moves `live`? A controller that looks every minute, and a rollback that an alarm wakes."""

from aws_cdk import ArnFormat, Duration, Stack
from constructs import Construct

from infra.alarms import red_alarms
from infra.endpoint import Endpoint
from infra.function import Function, Steering
from infra.notices import Topic
from infra.registry import Registry


class Rollouts(Construct):
    """Two functions with the same rights: both take a candidate back, and whichever is first leaves the other nothing.

    The controller's timeout is longer than a minute: a smoke test may load a model first. Two passes at once are safe.
    """

    def __init__(self, scope: Construct, *, steering: Steering, registry: Registry) -> None:
        super().__init__(scope, "Rollouts")
        self._stage = steering.settings.stage
        self.controller = Function(
            scope,
            "controller",
            description="Moves rollouts on, or back, or waits",
            steering=steering,
            timeout=Duration.seconds(120),
        )
        self.rollback = Function(
            scope,
            "rollback",
            description="Takes a candidate back when an alarm goes red",
            steering=steering,
            timeout=Duration.seconds(60),
        )
        self.controller.woken_by(schedule="rate(1 minute)")
        self.rollback.woken_by(pattern=red_alarms(f"serin-{self._stage}."))
        for function in (self.controller, self.rollback):
            registry.allow_records(function.role, *_ACTIONS)
            registry.allow_fetch(function.role, "documents")
            self._allow_watching(function)

    def steer(self, endpoint: Endpoint, topic: Topic) -> None:
        """Let both move this endpoint's alias, ask its releases, and tell its owners."""
        arn = endpoint.function.function_arn
        for function in (self.controller, self.rollback):
            function.allow(["lambda:GetAlias", "lambda:UpdateAlias"], arn)
            function.allow(["lambda:InvokeFunction"], f"{arn}:*", reason="A smoke test asks a release not yet known.")
            function.allow(["sns:Publish"], topic.arn)

    def _allow_watching(self, function: Function) -> None:
        stack = Stack.of(self)
        function.allow(
            ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"], "*",
            reason="Reading metrics and the states of alarms knows no resource.",
        )  # fmt: skip
        function.allow(
            ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:TagResource"],
            stack.format_arn(
                service="cloudwatch", resource="alarm", resource_name=f"serin-{self._stage}.*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            ),
            reason="A candidate's alarms carry its number, which is not known yet; the stage's own prefix bounds them.",
        )  # fmt: skip
        function.allow_directory(by_name=True)
        function.allow_events()


_ACTIONS = ("GetItem", "Query", "PutItem", "DeleteItem", "ConditionCheckItem")
