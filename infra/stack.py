"""What is deployed? The parts by name, and who may do what to whom."""

import re

from aws_cdk import CfnElement, CfnOutput, DefaultStackSynthesizer, Stack, Tags
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.alarms import Alarms
from infra.api import Api
from infra.asset import code
from infra.audit import Trail
from infra.budget import Budget
from infra.bundling import Bundle
from infra.capture import Capture
from infra.client import Client
from infra.dashboard import Dashboard
from infra.directory import Entry
from infra.drift import Drift
from infra.endpoint import Endpoint
from infra.function import Steering
from infra.ledger import Ledger
from infra.notices import Topic
from infra.outcomes import Outcomes
from infra.owners import Owners
from infra.receipts import Receipts
from infra.registry import Registry
from infra.review import Reviews
from infra.rollout import Rollouts
from infra.settings import Settings
from infra.stream import Stream


class SerinStack(Stack):
    """One stage of Serin. The template needs no parameter, no custom resource and no function but its own."""

    def __init__(self, scope: Construct, *, settings: Settings, salt: str = "") -> None:
        super().__init__(
            scope,
            f"Serin-{settings.stage}",
            description="Serin: models as HTTPS endpoints that prove themselves",
            analytics_reporting=False,
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        stage, days = settings.stage, settings.log_retention_days
        retention = _RETENTION[days]
        registry = Registry(self, "Registry", log_retention_days=days, window_days=settings.window_days)
        trail = Trail(self, settings=settings, registry=registry)
        receipts = Receipts(self, stage=stage)
        capture = Capture(self, settings=settings, registry=registry)
        endpoints = [
            Endpoint(
                self,
                stage=stage,
                settings=endpoint,
                code=code(self, Bundle(endpoint.architecture, endpoint.runtime, salt)),
                registry=registry,
                receipts=receipts,
                log_retention=retention,
            )
            for endpoint in settings.endpoints
        ]
        control, analysis = self._steering(settings, salt, "control"), self._steering(settings, salt, "analysis")
        outcomes = Outcomes(self, steering=control, registry=registry, receipts=receipts)
        api = Api(self, "Api", stage=stage, endpoints=endpoints, outcomes=outcomes, log_retention=retention)
        rollouts = Rollouts(self, steering=control, registry=registry)
        drift = Drift(self, steering=analysis, registry=registry)
        trail.allow_sealing(rollouts.controller.role)
        reviews = Reviews(self, steering=control, registry=registry)
        budget = Budget(self, steering=control, registry=registry)
        ledger = Ledger(self, steering=control, registry=registry)
        if settings.dashboard:
            Dashboard(self, stage=stage, endpoints=endpoints)

        for endpoint in endpoints:
            registry.allow_fetch(endpoint.role, "artifacts", "documents")
            registry.allow_windows(endpoint.role, endpoint.settings.model)
            receipts.allow_read(endpoint.role)
            clients = [Client(endpoint, stage=stage, plan=plan, api=api) for plan in endpoint.settings.plans]
            topic = Topic(endpoint, stage=stage)
            stream = Stream(endpoint, capture=capture, log_retention=retention)
            Alarms(endpoint, stage=stage)
            rollouts.steer(endpoint, topic)
            drift.watch(endpoint, topic)
            budget.hold(endpoint, topic)
            ledger.count(endpoint)
            ledger.pause(endpoint, drift)
            Owners(
                endpoint, stage=stage, registry=registry, trail=trail, rollouts=rollouts, clients=clients,
                budget=budget,
            )  # fmt: skip
            Entry(
                endpoint, stage=stage, registry=registry, receipts=receipts, api=api, clients=clients, topic=topic,
                rollouts=rollouts, outcomes=outcomes, stream=stream, drift=drift, trail=trail, budget=budget,
                review=reviews.attend(endpoint, topic),
            )  # fmt: skip
        trail.protect(self)

        Tags.of(self).add("stage", stage)
        CfnOutput(self, "ApiUrl", value=api.url)
        CfnOutput(self, "ArtifactBucket", value=registry.bucket.bucket_name)
        CfnOutput(self, "RegistryTableName", value=registry.table.table_name)
        if outcomes.queue_url:
            CfnOutput(self, "OutcomeQueueUrl", value=outcomes.queue_url)
        self._settle_logical_ids()

    def _settle_logical_ids(self) -> None:
        """CDK asks for an id wherever it is referred to, thousands of times, and Python is far from its Node.

        Not of those that have one already: a deployment's follows the API as it is at the very end.
        """
        for element in self.node.find_all():
            if CfnElement.is_cfn_element(element):
                allocated = self._allocate_logical_id(element)
                if self.resolve(element.logical_id) == allocated:
                    element.override_logical_id(allocated)

    def _steering(self, settings: Settings, salt: str, extra: str) -> Steering:
        bundle = Bundle(settings.architecture, settings.runtime, salt, extra=extra)
        return Steering(settings, code(self, bundle), _RETENTION[settings.log_retention_days])

    def _allocate_logical_id(self, element: CfnElement) -> str:
        """Readable ids: the path without hashes, `FlightsFunction`. CDK itself refuses two of the same."""
        parts = [part for part in element.node.path.split("/")[1:] if part not in ("Resource", "Default")]
        words = re.findall(r"[A-Za-z0-9]+", " ".join(parts))
        return "".join(word[0].upper() + word[1:] for word in words)


_RETENTION = {
    days: getattr(logs.RetentionDays, name)
    for days, name in {
        1: "ONE_DAY", 3: "THREE_DAYS", 5: "FIVE_DAYS", 7: "ONE_WEEK", 14: "TWO_WEEKS", 30: "ONE_MONTH",
        60: "TWO_MONTHS", 90: "THREE_MONTHS", 120: "FOUR_MONTHS", 150: "FIVE_MONTHS", 180: "SIX_MONTHS",
        365: "ONE_YEAR", 400: "THIRTEEN_MONTHS", 545: "EIGHTEEN_MONTHS", 731: "TWO_YEARS", 1096: "THREE_YEARS",
        1827: "FIVE_YEARS", 2192: "SIX_YEARS", 2557: "SEVEN_YEARS", 2922: "EIGHT_YEARS", 3288: "NINE_YEARS",
        3653: "TEN_YEARS",
    }.items()
}  # fmt: skip
