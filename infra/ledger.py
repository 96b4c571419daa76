"""Who counts what is spent? A function that prices what AWS has measured, every five minutes."""

import json

from aws_cdk import Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import settings as given
from infra.drift import Drift
from infra.endpoint import Endpoint
from infra.function import Function, Steering
from infra.registry import Registry


class Ledger(Construct):
    """It reads metrics, sizes and releases, and writes the ledger's records. What an idle endpoint costs it may pause
    and resume; of what is registered, published or seen it can change nothing.

    Made last: the functions and buckets that all endpoints share are those that the stack has by then.
    """

    def __init__(self, scope: Construct, *, steering: Steering, registry: Registry) -> None:
        super().__init__(scope, "Spend")
        self._ledger = Function(
            scope,
            "ledger",
            description="Prices what was used",
            steering=steering,
            timeout=Duration.seconds(120),
        )
        self._ledger.woken_by(schedule="rate(5 minutes)")
        self._tell(steering.settings)
        registry.allow_records(self._ledger.role, "GetItem", "Query", "DescribeTable")
        registry.allow_ledger(self._ledger.role)
        self._ledger.allow(["cloudwatch:GetMetricData"], "*", reason="Reading metrics knows no resource.")
        self._ledger.allow_directory()

    def count(self, endpoint: Endpoint) -> None:
        """Let it see which releases this endpoint has, and where `live` points."""
        self._ledger.allow(["lambda:GetAlias", "lambda:ListVersionsByFunction"], endpoint.function.function_arn)

    def pause(self, endpoint: Endpoint, drift: Drift) -> None:
        """Let it pause the endpoint's drift job while it is idle, and keep nothing of it warm meanwhile."""
        arn = endpoint.function.function_arn
        self._ledger.allow(["events:DisableRule", "events:EnableRule"], drift.rules[endpoint.settings.model].attr_arn)
        self._ledger.allow(["lambda:ListProvisionedConcurrencyConfigs"], arn)
        self._ledger.allow(
            ["lambda:PutProvisionedConcurrencyConfig", "lambda:DeleteProvisionedConcurrencyConfig"], f"{arn}:*",
            reason="What is kept warm is a release not yet known, or an alias.",
        )  # fmt: skip

    def _tell(self, settings: given.Settings) -> None:
        parts = Stack.of(self).node.find_all()
        steering = [one for one in parts if isinstance(one, Function)]
        buckets = [one for one in parts if isinstance(one, s3.Bucket)]
        variables = {
            "SERIN_FUNCTIONS": json.dumps({one.name: one.memory_mb for one in steering}, sort_keys=True),
            "SERIN_BUCKETS": " ".join(bucket.bucket_name for bucket in buckets),
            "SERIN_ARCHITECTURE": settings.architecture,
            "SERIN_LOG_DAYS": str(settings.log_retention_days),
            "SERIN_DASHBOARD": str(settings.dashboard).lower(),
        }
        if settings.prices:
            prices = {code: [price.amount, price.as_of] for code, price in settings.prices.items()}
            variables["SERIN_PRICES"] = json.dumps(prices, separators=(",", ":"))
        for name, value in variables.items():
            self._ledger.function.add_environment(name, value)
