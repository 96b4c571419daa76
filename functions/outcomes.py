"""What became of predictions: outcomes come in with their receipts, and are written before they are acknowledged."""

import time
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
from serin.outcomes.receive import receive
from serin.serving.transport import body_of, json_response

_settings = settings.outcomes()
_stage = Stage(_settings.stage)
_log = Logger(service="outcomes")
_door = Door(lambda: read_secret(_settings.receipt_secret), lambda: tuple(_stage.endpoints()), time.time)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """202 once all that counts is written, with what was refused and why; 400 for what is no list of outcomes."""
    try:
        endpoints = _door.endpoints()
        records = OutcomeTable(Table(_stage.clients.client("dynamodb"), endpoints[0].table))
        models = {endpoint.model for endpoint in endpoints}
        oldest = timedelta(days=_settings.oldest_days)
        received = receive(_items(event), _door.read, models, records, datetime.now(UTC), oldest)
    except SerinError as error:
        _log.warning(str(error))
        return json_response(error.status, {"error": str(error)})
    return json_response(202, received.to_dict())


def _items(event: dict[str, Any]) -> Any:
    """Raises BadRequest, or what the transport says of the body."""
    body, _ = body_of(event)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    return document.get("outcomes") if isinstance(document, dict) else None
