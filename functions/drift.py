"""By each endpoint's schedule: windows that are over are diagnosed, and their owners and programs are told."""

import time
from datetime import UTC, datetime
from typing import Any

import orjson
from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.aws.notices import Notices
from serin.aws.reports import Reports
from serin.aws.watching import Watching
from serin.registry.endpoints import Endpoint
from serin.spending.grade import Grade
from serin.watch.figures import emf
from serin.watch.report import page
from serin.watch.run import Job, run

_settings = settings.control()
_stage = Stage(_settings.stage, _settings.minute_s)
_log = Logger(service="drift")


def handler(event: dict[str, Any], _context: object) -> dict[str, list[str]]:
    """The endpoint of `event["model"]`, or all: what was found, a sentence for each window that is new or changed."""
    return {
        endpoint.model: _examined(endpoint) for endpoint in _stage.endpoints(event.get("model")) if not _saves(endpoint)
    }


def _saves(endpoint: Endpoint) -> bool:
    """Late windows are looked at when the endpoint may spend again."""
    spending = _stage.spendings(endpoint).get(endpoint.model)
    if spending is None or not spending.grade.reaches(Grade.FRUGAL):
        return False
    _log.warning("skipped, to save", model=endpoint.model, grade=spending.grade.value, why=spending.why)
    return True


def _examined(endpoint: Endpoint) -> list[str]:
    clients, said = _stage.clients, []
    watching = Watching(clients, endpoint)
    teller = Notices(clients.client("sns"), clients.client("events"))
    job = Job(watching.versions, watching.subject, watching.records, Reports(clients.client("s3"), page), teller)
    for record in run(job, endpoint, datetime.now(UTC)):
        print(orjson.dumps(emf(_settings.stage, record, int(time.time() * 1000))).decode(), flush=True)
        _log.info(record.sentence, model=record.model, version=record.version, window=str(record.span))
        said.append(f"{record.model}@{record.version} {record.span}: {record.sentence}")
    return said
