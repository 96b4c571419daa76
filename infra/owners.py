"""What may the owners of an endpoint do in AWS? A managed policy for each role, to attach to people's own roles."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.audit import Trail
from infra.budget import Budget
from infra.client import Client
from infra.endpoint import Endpoint
from infra.findings import acknowledge, shown
from infra.registry import Registry
from infra.rollout import Rollouts
from serin.registry.owners import ROLES, policy_name

Statements = list[iam.PolicyStatement]


class Owners(Construct):
    """`serin-<stage>-<model>-<role>`: what the commands of that role need, and no more.

    Records are bounded by partition, the one thing of an item that IAM knows: only an approver may write `APPROVER#`
    and `SPENDING#`.
    Each policy is whole, so that one is enough for a person. Keys of receipts are the stage's: nobody's here.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        stage: str,
        registry: Registry,
        trail: Trail,
        rollouts: Rollouts,
        clients: Sequence[Client],
        budget: Budget,
    ) -> None:
        super().__init__(endpoint, "Owners")
        self._stage, self._model, self._function = stage, endpoint.settings.model, endpoint.function
        self._registry, self._trail, self._rollouts, self._clients = registry, trail, rollouts, clients
        may = {
            "watcher": [*self._reads(), *self._looks()],
            "releaser": [*self._reads(), *self._looks(), *self._releases(), *self._removes(), *self._steers()],
            "approver": [
                *self._reads(),
                *self._looks(),
                *self._writes("MODEL", "APPROVER", "SPENDING"),
                *self._steers(),
                *(_allow(["lambda:InvokeFunction"], guard) for guard in budget.function_arns),
            ],
            "communicator": [*self._reads(), *self._reviews()],
        }
        self.policies = {role: self._policy(role, may[role]) for role in ROLES}

    def _policy(self, role: str, statements: Statements) -> iam.ManagedPolicy:
        policy = iam.ManagedPolicy(
            self,
            role.capitalize(),
            managed_policy_name=policy_name(self._stage, self._model, role),
            description=f"What a {role} of {self._model} may do in stage {self._stage}",
            statements=[*statements, self._trail.no_edits()],
        )
        for resource in sorted({one for statement in statements for one in statement.resources if "*" in one}):
            acknowledge(policy, f"IAM5[Resource::{shown(self, resource)}]", _WHY)
        return policy

    def _reads(self) -> Statements:
        """Of everybody: which endpoints there are, what is live, records, reports, the sealed trail."""
        stack, directory = Stack.of(self), f"parameter/serin/{self._stage}/endpoints"
        bucket, sealed = self._registry.bucket, self._trail.bucket
        return [
            _allow(
                ["ssm:GetParameter", "ssm:GetParametersByPath"],
                stack.format_arn(service="ssm", resource=directory),
                stack.format_arn(service="ssm", resource=f"{directory}/*"),
            ),
            self._records(["GetItem", "Query"], "APPROVER", "AUDIT", "REVIEW", "SPENDING", "IDLE"),
            self._of_all(),
            _allow(["lambda:GetAlias"], self._function.function_arn),
            # Without it S3 answers for what is not there as for what is forbidden, and names tell nothing.
            _allow(["s3:ListBucket"], bucket.bucket_arn),
            _allow(["s3:GetObject"], bucket.arn_for_objects(f"reports/{self._model}/*"),
                   sealed.arn_for_objects(f"{self._model}/*")),
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[sealed.bucket_arn],
                conditions={"StringEquals": {"s3:prefix": f"{self._model}/"}},
            ),
        ]  # fmt: skip

    def _looks(self) -> Statements:
        """Into versions, releases, windows and metrics."""
        bucket, arn = self._registry.bucket, self._function.function_arn
        kinds = ("artifacts/sha256", "baselines/sha256", "documents/sha256", f"windows/{self._model}")
        return [
            _allow(["s3:GetObject"], *(bucket.arn_for_objects(f"{kind}/*") for kind in kinds)),
            _allow(["lambda:GetFunctionConfiguration"], arn, f"{arn}:*"),
            _allow(["lambda:ListAliases", "lambda:ListProvisionedConcurrencyConfigs", "lambda:ListVersionsByFunction"],
                   arn),
            _allow(["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"], "*"),
        ]  # fmt: skip

    def _releases(self) -> Statements:
        """Register, publish, ask a release, use the API as a client."""
        bucket, arn = self._registry.bucket, self._function.function_arn
        kinds = ("artifacts", "baselines", "documents")
        return [
            _allow(["s3:PutObject"], *(bucket.arn_for_objects(f"{kind}/sha256/*") for kind in kinds)),
            *self._writes("MODEL"),
            self._records(["UpdateItem"], "MODEL"),
            _allow(["lambda:UpdateFunctionConfiguration", "lambda:PublishVersion"], arn),
            _allow(["lambda:InvokeFunction"], f"{arn}:*"),
            self._asks(),
        ]

    def _removes(self) -> Statements:
        """What releases leave over: versions, never the function; and alarms of candidates."""
        return [
            _allow(
                ["lambda:DeleteFunction", "lambda:DeleteProvisionedConcurrencyConfig"],
                f"{self._function.function_arn}:*",
            ),
            _allow(
                ["cloudwatch:DeleteAlarms"],
                Stack.of(self).format_arn(
                    service="cloudwatch", resource="alarm", resource_name=f"serin-{self._stage}.{self._model}.*",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                ),
            ),
        ]  # fmt: skip

    def _reviews(self) -> Statements:
        """Take and decide what the model was not sure of; a decision goes back through the API, as any outcome."""
        return [*self._writes("REVIEW"), self._records(["DeleteItem"], "REVIEW"), self._asks()]

    def _asks(self) -> iam.PolicyStatement:
        """The API as its clients use it."""
        return _allow(["apigateway:GET"], *(self._api_key(one.describe()["api_key_id"]) for one in self._clients))

    def _steers(self) -> Statements:
        """Move `live`, which is how a rollback is one call, and let the controller look now."""
        return [
            _allow(["lambda:UpdateAlias"], self._function.function_arn),
            _allow(["lambda:InvokeFunction"], self._rollouts.controller.function.function_arn),
        ]

    def _writes(self, *partitions: str) -> Statements:
        """Add records there, with their line on the audit trail; the check of the rollout's lock goes with them."""
        return [
            self._records(["PutItem"], *partitions, "AUDIT"),
            self._records(["ConditionCheckItem"], "MODEL"),
        ]

    def _records(self, actions: list[str], *partitions: str) -> iam.PolicyStatement:
        """Nothing here may scan: where a request names no partition, a condition on all of them holds."""
        keys = [f"{partition}#{self._model}" for partition in partitions]
        return iam.PolicyStatement(
            actions=[f"dynamodb:{action}" for action in actions],
            resources=[self._registry.table.table_arn],
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": keys}},
        )

    def _of_all(self) -> iam.PolicyStatement:
        """A version's parent may be another model's, and so may its children; what all spend has one ledger."""
        return iam.PolicyStatement(
            actions=["dynamodb:GetItem", "dynamodb:Query"],
            resources=[self._registry.table.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["MODEL#*", "LEDGER#*"]}},
        )

    def _api_key(self, key_id: str) -> str:
        return Stack.of(self).format_arn(
            service="apigateway", account="", resource="/apikeys", resource_name=key_id,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )  # fmt: skip


def _allow(actions: list[str], *resources: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=list(resources))


_WHY = (
    "Versions, releases, windows and reports are named by what is not known before they are there; metrics and alarms "
    "know no resource. Prefixes, the function and the stage bound the rest."
)
