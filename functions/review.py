"""Every minute: what models were not sure of comes from their queues to where people find it; who is late is told."""

import time
from datetime import UTC, datetime
from typing import Any

import orjson
from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.aws.dynamodb import Table
from serin.aws.notices import Notices
from serin.aws.review_table import ReviewTable
from serin.aws.sqs import Queue
from serin.errors import SerinError
from serin.registry.endpoints import Endpoint
from serin.review.collect import collect
from serin.review.escalate import escalate
from serin.review.figures import emf

_settings = settings.control()
_stage = Stage(_settings.stage)
_log = Logger(service="review")
_RESERVED_S = 10.0  # for telling, once the queues are read


def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many wait, by model. One endpoint that fails does not keep the others waiting."""
    attended = [endpoint for endpoint in _stage.endpoints() if endpoint.review]
    end = time.monotonic() + (context.get_remaining_time_in_millis() / 1000 if context else 60.0) - _RESERVED_S
    waiting, failures = {}, []
    for place, endpoint in enumerate(attended):
        began = time.monotonic()
        share = (end - began) / (len(attended) - place)
        try:
            waiting[endpoint.model] = _attend(endpoint, began + share)
        except SerinError as error:
            _log.exception("the pass failed, the next one carries on", model=endpoint.model)
            failures.append(error)
    if failures:
        raise failures[0]  # Lambda counts it
    return waiting


def _attend(endpoint: Endpoint, until: float) -> int:
    clients = _stage.clients
    shelf = ReviewTable(Table(clients.client("dynamodb"), endpoint.table))
    queue = Queue(clients.client("sqs"), endpoint.review.queue if endpoint.review else "")
    collected = collect(queue, shelf, endpoint.model, lambda: time.monotonic() < until)
    for message, reason in collected.refused:
        _log.warning(reason, message_id=message.id, model=endpoint.model)
    now, cases = datetime.now(UTC), shelf.open(endpoint.model)
    if cases:
        print(orjson.dumps(emf(_settings.stage, endpoint.model, cases, now)).decode(), flush=True)
    told = escalate(shelf, Notices(clients.client("sns"), clients.client("events")), endpoint, cases, now)
    if collected.added or told:
        _log.info("reviews", model=endpoint.model, added=collected.added, repeated=collected.repeated, told=told)
    return len(cases)
