"""What drift jobs work with: the windows, documents, outcomes and records of one endpoint's versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from serin.aws.clients import Clients
from serin.aws.drift_table import DriftTable
from serin.aws.dynamodb import Table
from serin.aws.outcome_table import OutcomeTable
from serin.aws.s3 import Bucket
from serin.aws.version_table import VersionTable
from serin.aws.window_store import WindowStore
from serin.drift.baseline import Baseline
from serin.drift.seasons import Seasons
from serin.registry.endpoints import Endpoint
from serin.watch.look import Known, Subject

__all__ = ["Watching"]


@dataclass(frozen=True)
class Watching:
    clients: Clients
    endpoint: Endpoint

    def versions(self, model: str) -> Iterable[int]:
        """Those that ever wrote a window."""
        return self._windows.versions(model)

    def subject(self, model: str, version: int, since: datetime | None = None) -> Subject | None:
        """With what became of predictions from then on. None for a version without a baseline. Raises NotFound for one
        that does not exist."""
        record = VersionTable(self._table).get(model, version)
        if record.sketch is None:
            return None
        bucket = Bucket(self.clients.client("s3"), self.endpoint.bucket)
        baseline = Baseline.from_bytes(bucket.read(f"documents/sha256/{record.sketch}"))
        seasons = None
        if record.seasons is not None:
            seasons = Seasons.from_bytes(bucket.read(f"documents/sha256/{record.seasons}"), baseline)
        hour = f"{since:%Y-%m-%dT%H}" if since else ""
        outcomes = OutcomeTable(self._table).qualities(model, version, hour)
        return Subject(model, version, Known(baseline, seasons), self._windows, outcomes)

    @cached_property
    def records(self) -> DriftTable:
        return DriftTable(self._table)

    @cached_property
    def _table(self) -> Table:
        return Table(self.clients.client("dynamodb"), self.endpoint.table)

    @cached_property
    def _windows(self) -> WindowStore:
        return WindowStore(self.clients.client("s3"), self.endpoint.bucket)
