"""Can the audit trail be trusted? A sealed copy of each entry that nobody can change, and no role that edits any."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from infra import settings as given
from infra.findings import acknowledge, shown
from infra.registry import CLOSED, Registry
from serin.settings import is_dev

_EDITS = [f"dynamodb:{action}" for action in
          ("DeleteItem", "UpdateItem", "BatchWriteItem", "PartiQLDelete", "PartiQLUpdate")]  # fmt: skip
_REMOVALS = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:PutObjectLegalHold",
             "s3:BypassGovernanceRetention"]  # fmt: skip


class Trail(Construct):
    """A bucket with Object Lock, into which the controller copies each entry once. It outlives the stack.

    IAM can't keep a PutItem from replacing an entry in the table; the copy shows that it was. Until `audit_days` are
    over a copy can't be removed: in dev stages by nobody without a right that no role here has (governance), elsewhere
    by nobody at all, the account's root included (compliance). After that it stays until somebody removes it.
    """

    def __init__(self, scope: Construct, *, settings: given.Settings, registry: Registry) -> None:
        super().__init__(scope, "Trail")
        self._registry, days = registry, Duration.days(settings.audit_days)
        lock = s3.ObjectLockRetention
        self.bucket = s3.Bucket(
            self,
            "Sealed",
            object_lock_enabled=True,
            object_lock_default_retention=lock.governance(days) if is_dev(settings.stage) else lock.compliance(days),
            server_access_logs_bucket=registry.access_logs,
            server_access_logs_prefix="audit/",
            **CLOSED,
        )
        # A version that is locked can still be hidden, by a newer one or by a deletion mark.
        self._refuse(["s3:PutObject"], {"Null": {"s3:if-none-match": "true"}})
        self._refuse(_REMOVALS)

    def allow_sealing(self, role: iam.Role) -> None:
        """Let a function add copies that are not there yet, and see which are."""
        copies = self.bucket.arn_for_objects("*")
        conditions = {"Null": {"s3:if-none-match": "false"}}
        role.add_to_policy(iam.PolicyStatement(actions=["s3:PutObject"], resources=[copies], conditions=conditions))
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[copies]))
        role.add_to_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn]))
        reason = "Copies of all models; only what is not there yet can be put."
        acknowledge(role, f"IAM5[Resource::{shown(self, copies)}]", reason)

    def no_edits(self) -> iam.PolicyStatement:
        """Whatever else a policy allows: entries are added, and never changed or removed."""
        return iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=_EDITS,
            resources=[self._registry.table.table_arn],
            conditions={"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["AUDIT#*"]}},
        )

    def protect(self, scope: IConstruct) -> None:
        """From every role that is in there by now."""
        for role in scope.node.find_all():
            if isinstance(role, iam.Role):
                role.add_to_policy(self.no_edits())

    def _refuse(self, actions: list[str], conditions: dict[str, dict[str, str]] | None = None) -> None:
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=actions,
                resources=[self.bucket.arn_for_objects("*")],
                conditions=conditions,
            )
        )
