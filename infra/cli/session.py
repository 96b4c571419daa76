"""What a command works with: the cloud it was pointed at, and the way it talks.

Clients and tables are imported where they are asked for: a command needs few of them, and waits for what they import.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from infra.cli.persona import Persona
from infra.cli.voice import Voice
from infra.local import running
from serin.errors import AccessDenied, BadRequest, NotFound, Throttled, Unavailable

if TYPE_CHECKING:
    from serin.aws.audit_table import AuditTable
    from serin.aws.clients import Clients
    from serin.aws.dynamodb import Table
    from serin.aws.evidence_table import EvidenceTable
    from serin.aws.lambda_ import Functions
    from serin.aws.ledger_table import LedgerTable
    from serin.aws.outcome_table import OutcomeTable
    from serin.aws.release_table import ReleaseTable
    from serin.aws.review_table import ReviewTable
    from serin.aws.rollout_table import RolloutTable
    from serin.aws.s3 import Bucket
    from serin.aws.spending_table import SpendingTable
    from serin.aws.ssm import Directory
    from serin.aws.version_table import VersionTable
    from serin.idle.idleness import Idleness
    from serin.registry.endpoints import Endpoint
    from serin.registry.records import VersionRecord
    from serin.rollout.ports import Operator
    from serin.serving.golden import Golden

__all__ = ["Session"]

DEFAULT_STAGE = "dev"


@dataclass(frozen=True)
class Session:
    """The options that every command has, and the clients made from them on first use."""

    voice: Voice
    local: bool = False
    stage: str | None = None
    region: str | None = None
    profile: str | None = None
    as_role: str | None = None

    @cached_property
    def _cloud(self) -> running.Running | None:
        if not self.local:
            return None
        found = running.read()
        if found is None:
            raise NotFound("No local cloud is running: start one with `serin up` in another terminal.")
        return found

    @cached_property
    def clients(self) -> Clients:
        from serin.aws.clients import Clients

        if not self._cloud:
            if self.as_role:
                raise BadRequest("--as is for the local cloud: on AWS, choose who you are with --profile.")
            return Clients(self.region, self.profile)
        yours = Clients(self._cloud.region, endpoint_url=self._cloud.aws_endpoint, key=("local", "local"))
        return replace(yours, key=self._assumed(yours, self.as_role)) if self.as_role else yours

    def _assumed(self, yours: Clients, text: str) -> tuple[str, ...]:
        from serin.aws.sts import assume

        models = [endpoint.model for endpoint in self._directory(yours).all()]
        persona = Persona.parse(text, models)
        return assume(yours.client("sts"), persona.role, persona.name)

    @cached_property
    def directory(self) -> Directory:
        return self._directory(self.clients)

    def _directory(self, clients: Clients) -> Directory:
        from serin.aws.ssm import Directory

        stage = self.stage or (self._cloud.stage if self._cloud else DEFAULT_STAGE)
        return Directory(clients.client("ssm"), stage)

    @cached_property
    def actor(self) -> str:
        from serin.aws.sts import caller

        return caller(self.clients.client("sts"))

    @cached_property
    def functions(self) -> Functions:
        from serin.aws.lambda_ import Functions

        return Functions(self.clients.client("lambda"))

    def bucket(self, endpoint: Endpoint) -> Bucket:
        return self.bucket_named(endpoint.bucket)

    def bucket_named(self, name: str) -> Bucket:
        from serin.aws.s3 import Bucket

        return Bucket(self.clients.client("s3"), name)

    def versions(self, endpoint: Endpoint) -> VersionTable:
        from serin.aws.version_table import VersionTable

        return VersionTable(self._table(endpoint))

    def releases(self, endpoint: Endpoint) -> ReleaseTable:
        from serin.aws.release_table import ReleaseTable

        return ReleaseTable(self._table(endpoint))

    def rollouts(self, endpoint: Endpoint) -> RolloutTable:
        from serin.aws.rollout_table import RolloutTable

        return RolloutTable(self._table(endpoint))

    def audits(self, endpoint: Endpoint) -> AuditTable:
        from serin.aws.audit_table import AuditTable

        return AuditTable(self._table(endpoint))

    def outcomes(self, endpoint: Endpoint) -> OutcomeTable:
        from serin.aws.outcome_table import OutcomeTable

        return OutcomeTable(self._table(endpoint))

    def spendings(self, endpoint: Endpoint) -> SpendingTable:
        from serin.aws.spending_table import SpendingTable

        return SpendingTable(self._table(endpoint))

    def ledger(self, endpoint: Endpoint) -> LedgerTable:
        """Of the whole stage: its endpoints have one table."""
        from serin.aws.ledger_table import LedgerTable

        return LedgerTable(self._table(endpoint))

    def idleness(self, endpoint: Endpoint) -> Idleness | None:
        """None before the ledger's first look."""
        from serin.aws.idle_table import IdleTable

        return IdleTable(self._table(endpoint)).get(endpoint.model)

    def evidence(self, endpoint: Endpoint) -> EvidenceTable:
        from serin.aws.evidence_table import EvidenceTable

        return EvidenceTable(self._table(endpoint))

    def reviews(self, endpoint: Endpoint) -> ReviewTable:
        from serin.aws.review_table import ReviewTable

        return ReviewTable(self._table(endpoint))

    def golden(self, endpoint: Endpoint, record: VersionRecord) -> Golden:
        from serin.registry.stored import read_document
        from serin.serving.golden import Golden

        return Golden.from_dict(read_document(self.bucket(endpoint).read, record.golden))

    def nudge(self, endpoint: Endpoint) -> bool:
        """Let the controller look now. Without that it looks within a minute, so that a refusal is no failure."""
        return self._woken(endpoint.controller, endpoint, "the controller could not be woken and acts within a minute")

    def wake_guard(self, endpoint: Endpoint) -> bool:
        """Let the spend guard look now, likewise."""
        return self._woken(endpoint.guard, endpoint, "the spend guard could not be woken and acts within five minutes")

    def _woken(self, function: str, endpoint: Endpoint, otherwise: str) -> bool:
        try:
            self.functions.wake(function, {"model": endpoint.model})
        except (AccessDenied, NotFound, Throttled, Unavailable, BadRequest) as error:
            self.voice.warn(f"{otherwise} ({error})")
            return False
        return True

    def operator(self, endpoint: Endpoint, why: str = "") -> Operator:
        from serin.rollout.ports import Operator

        return Operator(self.actor, self.functions, self.releases(endpoint), on_step=self.voice.step, why=why)

    def key(self, endpoint: Endpoint, plan: str | None) -> str:
        """The API key of a client plan, the first one by default. Raises BadRequest or NotFound."""
        from serin.aws.apigateway import api_key

        plans = {found.name: found for found in endpoint.plans}
        if not plans:
            raise NotFound(f"{endpoint.model} has no client plan: add one to cdk.json and deploy the stack.")
        if plan is not None and plan not in plans:
            raise BadRequest(f"{endpoint.model} has no plan {plan!r}: it has {', '.join(plans)}.")
        chosen = plans[plan] if plan is not None else endpoint.plans[0]
        return api_key(self.clients.client("apigateway"), chosen.api_key_id)

    def _table(self, endpoint: Endpoint) -> Table:
        from serin.aws.dynamodb import Table

        return Table(self.clients.client("dynamodb"), endpoint.table)
