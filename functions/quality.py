"""Every five minutes: the windows that outcomes have touched are counted anew, and their figures become metrics."""

import time
from typing import Any

import orjson
from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.aws.dynamodb import Table
from serin.aws.outcome_table import OutcomeTable
from serin.aws.version_table import VersionTable
from serin.outcomes.figures import emf
from serin.outcomes.tally import tally
from serin.registry.endpoints import Endpoint

_settings = settings.control()
_stage = Stage(_settings.stage, _settings.minute_s)
_log = Logger(service="quality")


def handler(_event: dict[str, Any], _context: object) -> dict[str, int]:
    return {endpoint.model: _count(endpoint) for endpoint in _stage.endpoints()}


def _count(endpoint: Endpoint) -> int:
    table = Table(_stage.clients.client("dynamodb"), endpoint.table)
    versions, windows = VersionTable(table), 0
    for one in tally(OutcomeTable(table), endpoint.model, lambda number: versions.get(endpoint.model, number).task):
        print(orjson.dumps(emf(_settings.stage, one, int(time.time() * 1000))).decode(), flush=True)
        _log.info("counted", model=endpoint.model, version=one.mark.version, hour=one.mark.hour)
        windows += 1
    return windows
