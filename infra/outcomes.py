"""How do outcomes come in, and who adds up what was seen? A function behind `POST /outcomes`, which may have
a queue as well, and two that count."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import Function, Steering
from infra.outcome_queue import OutcomeQueue
from infra.receipts import Receipts
from infra.registry import Registry


class Outcomes(Construct):
    """`outcomes` checks receipts and writes; it may read the receipts' key. `quality` sums up what was touched.
    `compaction` makes one object of each hour's windows.

    Every five minutes is soon enough: outcomes come hours or days after their predictions.
    """

    def __init__(self, scope: Construct, *, steering: Steering, registry: Registry, receipts: Receipts) -> None:
        super().__init__(scope, "Watching")
        settings, timeout = steering.settings, Duration.seconds(29)
        self._outcomes = Function(
            scope, "outcomes", description="Takes outcomes in", steering=steering, timeout=timeout
        )
        self.queue_url = ""
        if settings.outcome_queue:
            self.queue_url = OutcomeQueue(self._outcomes, stage=settings.stage, timeout=timeout).url
        quality = Function(
            scope,
            "quality",
            description="Adds up outcomes by window",
            steering=steering,
            timeout=Duration.seconds(300),
        )
        quality.woken_by(schedule="rate(5 minutes)")
        compaction = Function(
            scope,
            "compaction",
            description="Puts the windows of an hour together",
            steering=steering,
            timeout=Duration.seconds(600),
        )
        compaction.woken_by(schedule="rate(1 hour)")
        registry.allow_compaction(compaction.role)
        registry.allow_fetch(compaction.role, "documents")
        registry.allow_records(compaction.role, "GetItem")
        receipts.allow_read(self._outcomes.role)
        self._outcomes.function.add_environment("SERIN_RECEIPT_SECRET", receipts.secret_arn)
        self._outcomes.function.add_environment("SERIN_OUTCOME_DAYS", str(settings.outcome_days))
        registry.allow_records(self._outcomes.role, "PutItem")
        registry.allow_records(quality.role, "GetItem", "Query", "PutItem", "DeleteItem")
        for function in (self._outcomes, quality, compaction):
            function.allow_directory()

    @property
    def function(self) -> lambda_.Function:
        return self._outcomes.function

    def permit(self, source_arn: str) -> None:
        """Let API Gateway call it, for this API alone."""
        self.function.add_permission(
            "Gateway", principal=iam.ServicePrincipal("apigateway.amazonaws.com"), source_arn=source_arn
        )
