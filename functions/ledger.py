"""Every five minutes: what was used is priced, by team, model, version and hour, and the month becomes metrics. Who was
asked for nothing in many days is paused until the first request."""

from datetime import UTC, datetime
from typing import Any

import orjson
from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.aws.dynamodb import Table
from serin.aws.ledger_table import LedgerTable
from serin.aws.usage import Usage
from serin.aws.version_table import VersionTable
from serin.cost.figures import lines
from serin.cost.keep import Ledger, keep
from serin.cost.prices import Prices
from serin.cost.shared import Shared
from serin.idle.settle import settle_all
from serin.registry.endpoints import Endpoint

_settings = settings.ledger()
_stage = Stage(_settings.stage)
_log = Logger(service="ledger")


def handler(_event: dict[str, Any], _context: object) -> dict[str, list[str]]:
    """The hours that were counted, and those of them that were closed. Raises InvalidSettings in a region without
    prices: there is no ledger then, and `serin cost` says why."""
    endpoints, now = list(_stage.endpoints()), datetime.now(UTC)
    if not endpoints:
        return {"counted": [], "closed": []}
    kept = keep(_ledger(endpoints[0]), endpoints, now)
    for line in lines(_settings.stage, endpoints, kept, int(now.timestamp() * 1000)):
        print(orjson.dumps(line).decode(), flush=True)
    if kept.counted:
        _log.info("counted", hours=kept.counted, closed=kept.closed)
    for one in settle_all(_stage.pauses(endpoints[0]), endpoints, kept.asked, now).values():
        if one.since == now:
            _log.info(one.reason, model=one.model, idle=one.idle)
    return {"counted": list(kept.counted), "closed": list(kept.closed)}


def _ledger(endpoint: Endpoint) -> Ledger:
    """All endpoints of a stage have one table."""
    client, prices = _stage.clients.client, Prices.of(_settings.region, _settings.prices)
    table = Table(client("dynamodb"), endpoint.table)
    shared = Shared(
        _settings.stage, endpoint.table, _settings.buckets, _settings.functions, _settings.architecture,
        _settings.log_days, _settings.dashboard,
    )  # fmt: skip
    usage = Usage(client("cloudwatch"), client("lambda"), client("dynamodb"))
    return Ledger(usage, LedgerTable(table), VersionTable(table), shared, prices)
