"""Every minute, and when a command asks for it: each endpoint's rollout goes one step on, or back, or waits."""

from typing import Any

from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.errors import SerinError
from serin.rollout.reconcile import reconcile

_settings = settings.control()
_stage = Stage(_settings.stage, _settings.minute_s)
_log = Logger(service="controller")


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """All endpoints, or that of `event["model"]`. One that fails does not keep the others waiting."""
    reasons, failures = {}, []
    for endpoint in _stage.endpoints(event.get("model")):
        try:
            decision = reconcile(_stage.controller(endpoint), endpoint)
        except SerinError as error:
            _log.exception("the pass failed, the next one carries on", model=endpoint.model)
            failures.append(error)
            continue
        if decision:
            reasons[endpoint.model] = decision.reason
            _log.info(decision.reason, model=endpoint.model, action=decision.action.value)
    if failures:
        raise failures[0]  # Lambda counts it, and an alarm may be set on it
    return reasons
