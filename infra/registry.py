"""Where is what was registered kept? One bucket for the bytes, one table for what is known about them."""

from typing import Any, cast

from aws_cdk import CfnElement, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.findings import acknowledge


class Registry(Construct):
    """The artifact bucket and the registry table. Both outlive the stack: a registered model is a record.

    Bucket: versioned, encrypted, TLS only, closed to the public; replaced versions go after 30 days, uploads
    that never ended after one, windows of what was seen after `window_days`. Table: on demand, point-in-time
    recovery, protected from deletion.
    """

    def __init__(self, scope: Construct, construct_id: str, *, log_retention_days: int, window_days: int) -> None:
        super().__init__(scope, construct_id)
        self.access_logs = self._access_logs(log_retention_days)
        self.bucket = s3.Bucket(
            self,
            "Artifacts",
            versioned=True,
            lifecycle_rules=_lifecycle(window_days),
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix="artifacts/",
            **CLOSED,
        )
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="PK", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="SK", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _access_logs(self, days: int) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "AccessLogs",
            lifecycle_rules=[s3.LifecycleRule(id="retention", expiration=Duration.days(days))],
            **CLOSED,
        )
        acknowledge(bucket, "S1", "This bucket holds the access logs: logging its own writes would never end.")
        return bucket

    def allow_records(self, role: iam.Role, *actions: str) -> None:
        """Let a function do this with records, of all models; nothing here may scan the table."""
        role.add_to_policy(
            iam.PolicyStatement(actions=[f"dynamodb:{action}" for action in actions], resources=[self.table.table_arn])
        )

    def allow_spending_read(self, role: iam.Role, model: str) -> None:
        """Let a sandbox see how its own endpoint stands with its budget, and no other record."""
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["dynamodb:GetItem"],
                resources=[self.table.table_arn],
                conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [f"SPENDING#{model}"]}},
            )
        )

    def allow_ledger(self, role: iam.Role) -> None:
        """Let a function write the ledger, who is idle, and lines of the audit trail, and no other record."""
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["dynamodb:PutItem"],
                resources=[self.table.table_arn],
                conditions={
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["LEDGER", "LEDGER#*", "IDLE#*", "AUDIT#*"]}
                },
            )
        )

    def allow_fetch(self, role: iam.Role, *kinds: str) -> None:
        """Let a function read objects of these kinds by their digest; it can't list, write or read anything else."""
        prefixes = [f"{kind}/sha256/*" for kind in kinds]
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=[self.bucket.arn_for_objects(prefix) for prefix in prefixes]
            )
        )
        self._acknowledge(
            role, prefixes, "An object is named by its SHA-256, unknown before it is registered; it can only be read."
        )

    def allow_windows(self, role: iam.Role, model: str) -> None:
        """Let a function add what it saw of its model; it can't read or list windows, its own or others'."""
        prefix = f"windows/{model}/*"
        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:PutObject"], resources=[self.bucket.arn_for_objects(prefix)])
        )
        self._acknowledge(
            role, [prefix], "A window is named by its minute and by who saw it; putting one under its model is all."
        )

    def allow_windows_read(self, role: iam.Role) -> None:
        """Let a function read what was seen, of all models."""
        role.add_to_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn]))
        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:GetObject"], resources=[self.bucket.arn_for_objects("windows/*")])
        )
        self._acknowledge(role, ["windows/*"], "Windows of all models are read, named by minute and sandbox.")

    def allow_reports(self, role: iam.Role) -> None:
        """Let a function put reports; it can't read or remove any."""
        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:PutObject"], resources=[self.bucket.arn_for_objects("reports/*")])
        )
        self._acknowledge(role, ["reports/*"], "A report is named by its model, version and window.")

    def allow_compaction(self, role: iam.Role) -> None:
        """Let a function put the windows of an hour together: read, write and remove windows, and nothing else."""
        role.add_to_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn]))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[self.bucket.arn_for_objects("windows/*")],
            )
        )
        self._acknowledge(role, ["windows/*"], "Windows of all models and hours are put together, and their parts go.")

    def _acknowledge(self, role: iam.Role, prefixes: list[str], reason: str) -> None:
        bucket = Stack.of(self).get_logical_id(cast("CfnElement", self.bucket.node.default_child))
        for prefix in prefixes:
            acknowledge(role, f"IAM5[Resource::<{bucket}.Arn>/{prefix}]", reason)


def _lifecycle(window_days: int) -> list[s3.LifecycleRule]:
    """Of two rules that meet, S3 follows the one that removes sooner."""
    return [
        s3.LifecycleRule(
            id="superseded",
            noncurrent_version_expiration=Duration.days(30),
            abort_incomplete_multipart_upload_after=Duration.days(1),
        ),
        s3.LifecycleRule(id="windows", prefix=_WINDOWS, expiration=Duration.days(window_days)),
        # Compaction deletes an object per sandbox and minute, of which a version and a mark stay. A rule of its own:
        # one with days to expiration would keep the marks for as many days, and takes no order to do otherwise.
        s3.LifecycleRule(
            id="window-leftovers",
            prefix=_WINDOWS,
            noncurrent_version_expiration=Duration.days(1),
            expired_object_delete_marker=True,
        ),
    ]


_WINDOWS = "windows/"
CLOSED: dict[str, Any] = {
    "encryption": s3.BucketEncryption.S3_MANAGED,
    "enforce_ssl": True,
    "minimum_tls_version": 1.2,
    "block_public_access": s3.BlockPublicAccess.BLOCK_ALL,
    "object_ownership": s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    "removal_policy": RemovalPolicy.RETAIN,
}
