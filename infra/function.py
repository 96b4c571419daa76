"""A function that steers: its own role, its own log group, and who wakes it."""

import json
from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import settings as given
from infra.findings import acknowledge, shown
from infra.machines import ARCHITECTURES, RUNTIMES, VARIABLES


@dataclass(frozen=True)
class Steering:
    """What functions that steer share: the stage's settings, a bundle, and for how long they keep their logs."""

    settings: given.Settings
    code: lambda_.Code
    log_retention: logs.RetentionDays


class Function(Construct):
    """`functions/<name>.py` as `serin-<stage>-<name>`, woken by a rule; EventBridge tries a failed one twice more.

    512 MB: numpy loads, and its passes are short. The role may write its own log; the rest is granted by name.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        description: str,
        steering: Steering,
        timeout: Duration,
        memory_mb: int = 512,
    ) -> None:
        super().__init__(scope, name.capitalize())
        settings = steering.settings
        self._stage, self.name, self.memory_mb = settings.stage, name, memory_mb
        function_name = f"serin-{settings.stage}-{name}"
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{function_name}",
            retention=steering.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What the {name} function may do",
        )
        log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            description=description,
            code=steering.code,
            handler=f"{name}.handler",
            runtime=RUNTIMES[settings.runtime],
            architecture=ARCHITECTURES[settings.architecture],
            memory_size=memory_mb,
            timeout=timeout,
            role=self.role,
            log_group=log_group,
            environment={**VARIABLES, "SERIN_STAGE": settings.stage},
        )
        acknowledge(self.function, "L1", "The runtime is the stage's setting, and is moved on purpose.")

    def woken_by(
        self,
        *,
        schedule: str | None = None,
        pattern: dict[str, Any] | None = None,
        model: str = "",
        about: str = "",
    ) -> events.CfnRule:
        """With `model` it is a rule of that model, whose name is what the function gets. `about` tells rules apart."""
        name = "".join(part.capitalize() for part in (*model.split("-"), about, "Rule"))
        rule = events.CfnRule(
            self,
            name,
            schedule_expression=schedule,
            event_pattern=pattern,
            targets=[
                events.CfnRule.TargetProperty(
                    arn=self.function.function_arn,
                    id="function",
                    input=json.dumps({"model": model}) if model else None,
                    retry_policy=events.CfnRule.RetryPolicyProperty(maximum_retry_attempts=2),
                )
            ],
        )
        self.function.add_permission(
            name, principal=iam.ServicePrincipal("events.amazonaws.com"), source_arn=rule.attr_arn
        )
        return rule

    def allow(self, actions: list[str], *resources: str, reason: str = "") -> None:
        """`reason` says why a resource has a wildcard."""
        self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=list(resources)))
        for resource in resources:
            if "*" in resource:
                acknowledge(self.role, f"IAM5[Resource::{shown(self, resource)}]", reason)

    def allow_directory(self, *, by_name: bool = False) -> None:
        """Let it find all endpoints of its stage, or also one of them."""
        stack, parameters = Stack.of(self), f"parameter/serin/{self._stage}/endpoints"
        self.allow(
            [*(["ssm:GetParameter"] if by_name else []), "ssm:GetParametersByPath"],
            stack.format_arn(service="ssm", resource=parameters),
            stack.format_arn(service="ssm", resource=f"{parameters}/*"),
            reason="One parameter an endpoint of this stage, read by their common path.",
        )

    def allow_events(self) -> None:
        """Let it tell programs, on the account's default bus."""
        self.allow(["events:PutEvents"], Stack.of(self).format_arn(service="events", resource="event-bus/default"))
