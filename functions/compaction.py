"""Every hour: the many small windows of each hour that is over become one object."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.aws.dynamodb import Table
from serin.aws.s3 import Bucket
from serin.aws.version_table import VersionTable
from serin.aws.window_store import WindowStore
from serin.drift.baseline import Baseline
from serin.drift.hours import compact_hour
from serin.registry.endpoints import Endpoint

_settings = settings.control()
_stage = Stage(_settings.stage, _settings.minute_s)
_log = Logger(service="compaction")


def handler(_event: dict[str, Any], _context: object) -> dict[str, int]:
    """How many hours of each model were put together."""
    return {endpoint.model: _compact(endpoint, datetime.now(UTC)) for endpoint in _stage.endpoints()}


def _compact(endpoint: Endpoint, now: datetime) -> int:
    client, done = _stage.clients.client("s3"), 0
    store, bucket = WindowStore(client, endpoint.bucket), Bucket(client, endpoint.bucket)
    versions = VersionTable(Table(_stage.clients.client("dynamodb"), endpoint.table))
    for number in store.versions(endpoint.model):
        sketch = versions.get(endpoint.model, number).sketch
        if sketch is None:
            continue
        baseline = Baseline.from_bytes(bucket.read(f"documents/sha256/{sketch}"))
        for hour in store.ended(endpoint.model, number, now):
            skipped = compact_hour(store, hour, baseline)
            done += 1
            if skipped:
                _log.warning("objects that are no windows of this version were left", hour=hour, skipped=skipped)
    return done
