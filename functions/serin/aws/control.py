"""What the functions that steer work with: one stage's endpoints, and for each a controller and a spend guard."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial

from serin.aws.alarms import Alarms
from serin.aws.audit_table import AuditTable
from serin.aws.clients import Clients
from serin.aws.dynamodb import Table
from serin.aws.function_versions import FunctionVersions
from serin.aws.idle_table import IdleTable
from serin.aws.lambda_ import Functions
from serin.aws.last_request import last_request
from serin.aws.measures import Measures
from serin.aws.notices import Notices
from serin.aws.outcome_table import OutcomeTable
from serin.aws.release_table import ReleaseTable
from serin.aws.rollout_table import RolloutTable
from serin.aws.s3 import Bucket
from serin.aws.schedules import Schedules
from serin.aws.spend import Spend
from serin.aws.spending_table import SpendingTable
from serin.aws.ssm import Directory
from serin.aws.version_table import VersionTable
from serin.aws.worth import Worth
from serin.idle.settle import Pauses
from serin.registry.endpoints import Endpoint
from serin.registry.seal import Sealer
from serin.registry.stored import read_document
from serin.rollout.controller import Controller
from serin.rollout.ports import Operator
from serin.rollout.state import SERIN
from serin.serving.golden import Golden
from serin.spending.enforce import Guard

__all__ = ["Stage"]


@dataclass(frozen=True)
class Stage:
    """`minute_s` is how long a minute of the schedule lasts: 60 s but on a local cloud that hurries."""

    name: str
    minute_s: float = 60.0
    clients: Clients = field(default_factory=Clients)
    _sealers: dict[str, Sealer] = field(default_factory=dict)

    @cached_property
    def directory(self) -> Directory:
        return Directory(self.clients.client("ssm"), self.name)

    def endpoints(self, model: str | None = None) -> Iterator[Endpoint]:
        """All, or the one of a model. Raises NotFound."""
        yield from self.directory.all() if model is None else [self.directory.get(model)]

    def controller(self, endpoint: Endpoint) -> Controller:
        table = self._table(endpoint)
        cloudwatch = self.clients.client("cloudwatch")
        return Controller(
            Operator(SERIN, Functions(self.clients.client("lambda")), ReleaseTable(table)),
            RolloutTable(table),
            Measures(cloudwatch, self.minute_s),
            Alarms(cloudwatch),
            Notices(self.clients.client("sns"), self.clients.client("events")),
            self._golden,
            Worth(OutcomeTable(table), self.minute_s),
        )

    def pauses(self, endpoint: Endpoint) -> Pauses:
        """What pauses idle endpoints. Of all: those of a stage have one table."""
        cloudwatch = self.clients.client("cloudwatch")
        return Pauses(
            IdleTable(self._table(endpoint)),
            Schedules(self.clients.client("events")),
            FunctionVersions(self.clients.client("lambda")),
            partial(last_request, cloudwatch),
            SERIN,
        )

    def guard(self, endpoint: Endpoint) -> Guard:
        return Guard(
            self.spendings(endpoint),
            Functions(self.clients.client("lambda")),
            Spend(self.clients.client("cloudwatch")).used,
            Notices(self.clients.client("sns"), self.clients.client("events")),
            SERIN,
            lambda: datetime.now(UTC),
        )

    def spendings(self, endpoint: Endpoint) -> SpendingTable:
        return SpendingTable(self._table(endpoint))

    def sealer(self, endpoint: Endpoint) -> Sealer:
        """The same one at each look: it remembers what is sealed."""
        if endpoint.model not in self._sealers:
            copies = Bucket(self.clients.client("s3"), endpoint.audit_bucket)
            self._sealers[endpoint.model] = Sealer(AuditTable(self._table(endpoint)), copies)
        return self._sealers[endpoint.model]

    def _table(self, endpoint: Endpoint) -> Table:
        return Table(self.clients.client("dynamodb"), endpoint.table)

    def _golden(self, endpoint: Endpoint, version: int) -> Golden:
        record = VersionTable(self._table(endpoint)).get(endpoint.model, version)
        bucket = Bucket(self.clients.client("s3"), endpoint.bucket)
        return Golden.from_dict(read_document(bucket.read, record.golden))
