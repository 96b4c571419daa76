"""What became of predictions: outcomes come in with their receipts, and are written before they are acknowledged."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.aws.dynamodb import Table
from serin.aws.outcome_table import OutcomeTable
from serin.aws.secrets import read_secret
from serin.errors import BadRequest, SerinError
from serin.outcomes.door import Door
from serin.outcomes.figures import refusals
from serin.outcomes.messages import take
from serin.outcomes.receive import Received, posted, receive
from serin.serving.transport import body_of, json_response

_settings = settings.outcomes()
_stage = Stage(_settings.stage)
_log = Logger(service="outcomes")
_door = Door(lambda: read_secret(_settings.receipt_secret), lambda: tuple(_stage.endpoints()), time.time)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tells the API what was written and what refused, and SQS which messages come again: all, when it raises."""
    if "Records" in event:
        taken = take(event["Records"], _intake())
        for message, reason in taken.refused:
            _log.warning(reason, message_id=message)
        for message, error in taken.failed:
            _log.error("not written, comes again", message_id=message, exc_info=error)
        _count(len(taken.refused))
        return taken.to_dict()
    try:
        received = _intake()(posted(body_of(event)[0]))
    except SerinError as error:
        _log.warning(str(error))
        _count(isinstance(error, BadRequest))
        return json_response(error.status, {"error": str(error)})
    _count(len(received.refused))
    return json_response(202, received.to_dict())


def _intake() -> Callable[[Any], Received]:
    """Raises NotReady where the stage has no endpoint."""
    endpoints, oldest = _door.endpoints(), timedelta(days=_settings.oldest_days)
    records = OutcomeTable(Table(_stage.clients.client("dynamodb"), endpoints[0].table))
    models = {endpoint.model for endpoint in endpoints}
    return lambda items: receive(items, _door.read, models, records, datetime.now(UTC), oldest)


def _count(refused: int) -> None:
    if refused:
        print(orjson.dumps(refusals(_settings.stage, refused, int(time.time() * 1000))).decode(), flush=True)
