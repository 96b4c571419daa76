"""A spend alarm went red, AWS Budgets wrote, or five minutes are over: each endpoint is held to its budget."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.aws.spend import Spend
from serin.errors import SerinError
from serin.spending.enforce import enforce
from serin.spending.heard import heard
from serin.spending.signal import Word, about

_settings = settings.control()
_stage = Stage(_settings.stage, _settings.minute_s)
_log = Logger(service="shutdown")


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """The grade of all endpoints, or of that of `event["model"]`. One that fails keeps no other waiting."""
    failures: list[SerinError] = []
    words, grades = (*heard(event, _settings.stage), *_red(failures)), {}
    for endpoint in _stage.endpoints(event.get("model")):
        try:
            spending = enforce(_stage.guard(endpoint), endpoint, about(endpoint, words))
        except SerinError as error:
            _log.exception("the look failed, the next one carries on", model=endpoint.model)
            failures.append(error)
            continue
        grades[endpoint.model] = spending.grade.value
        _log.info(spending.why or "within its budget", model=endpoint.model, grade=spending.grade.value)
    if failures:
        raise failures[0]  # Lambda counts it, and EventBridge tries it again
    return grades


def _red(failures: list[SerinError]) -> tuple[Word, ...]:
    """An alarm that woke this function counts also where the others can't be read."""
    try:
        return Spend(_stage.clients.client("cloudwatch")).red(_settings.stage, datetime.now(UTC))
    except SerinError as error:
        failures.append(error)
        return ()
