"""What serves one model? A function with its own role and log group, a bootstrap release, and the alias `live`."""

from aws_cdk import Annotations, Duration, RemovalPolicy, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import settings as given
from infra.findings import acknowledge
from infra.machines import ARCHITECTURES, RUNTIMES, VARIABLES
from infra.receipts import Receipts
from infra.registry import Registry


class Endpoint(Construct):
    """One function per endpoint, published once without a model and reached through `live` alone.

    The version is declared, not `current_version`: its logical id must not follow the code, or a deployment of the
    stack would move live traffic. What `live` points at afterwards is the business of `serin deploy`.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        stage: str,
        settings: given.Endpoint,
        code: lambda_.Code,
        registry: Registry,
        receipts: Receipts,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, settings.model)
        self.settings = settings
        self._stage = stage
        self._name = f"serin-{stage}-{settings.model}"
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{self._name}",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = self._role(log_group)
        self.function = self._function(code, log_group, registry, receipts)
        bootstrap = lambda_.Version(
            self, "Bootstrap", lambda_=self.function, description="bootstrap release, without a model"
        )
        self.live = lambda_.Alias(self, "Live", alias_name="live", version=bootstrap)
        self._acknowledge()
        Tags.of(self).add("team", settings.team)
        Tags.of(self).add("model", settings.model)

    def _function(
        self, code: lambda_.Code, log_group: logs.LogGroup, registry: Registry, receipts: Receipts
    ) -> lambda_.Function:
        settings = self.settings
        return lambda_.Function(
            self,
            "Function",
            function_name=self._name,
            description=f"Serves the model {settings.model} of team {settings.team}",
            code=code,
            handler="inference.handler",
            runtime=RUNTIMES[settings.runtime],
            architecture=ARCHITECTURES[settings.architecture],
            memory_size=settings.memory_mb,
            timeout=Duration.seconds(settings.timeout_s),
            reserved_concurrent_executions=settings.reserved_concurrency,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if settings.snap_start else None,
            role=self.role,
            log_group=log_group,
            environment={
                **VARIABLES,
                "SERIN_STAGE": self._stage,
                "SERIN_MODEL": settings.model,
                "SERIN_TEAM": settings.team,
                "SERIN_BUCKET": registry.bucket.bucket_name,
                "SERIN_TABLE": registry.table.table_name,
                "SERIN_LATENCY_BUDGET_MS": str(settings.latency_budget_ms),
                "SERIN_CONFIDENCE_LIMIT": str(settings.confidence_limit),
                "SERIN_RECEIPT_SECRET": receipts.secret_arn,
            },
        )

    def _acknowledge(self) -> None:
        acknowledge(
            self.function,
            "L1",
            "The runtime is the endpoint's setting: a model is released with the Python it was tested with, and moves"
            " to a newer one by a release of its own.",
        )
        Annotations.of(self.function).acknowledge_warning(
            "@aws-cdk/aws-lambda:snapStartRequirePublish", "the bootstrap version and every release are published"
        )

    def _role(self, log_group: logs.LogGroup) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What the function of {self.settings.model} may do",
        )
        log_group.grant_write(role)
        return role
