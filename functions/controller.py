"""Every minute, and when a command asks for it: each endpoint's rollout goes one step on, or back, or waits.

Then what is new on the audit trail gets its sealed copy.
"""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.errors import SerinError
from serin.registry.endpoints import Endpoint
from serin.rollout.reconcile import reconcile

_settings = settings.control()
_stage = Stage(_settings.stage, _settings.minute_s)
_log = Logger(service="controller")


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """All endpoints, or that of `event["model"]`. One that fails does not keep the others waiting."""
    reasons: dict[str, str] = {}
    failures: list[SerinError] = []
    for endpoint in _stage.endpoints(event.get("model")):
        for what in (_steer, _seal):
            try:
                reasons |= what(endpoint)
            except SerinError as error:
                _log.exception("the pass failed, the next one carries on", model=endpoint.model)
                failures.append(error)
    if failures:
        raise failures[0]  # Lambda counts it, and an alarm may be set on it
    return reasons


def _steer(endpoint: Endpoint) -> dict[str, str]:
    decision = reconcile(_stage.controller(endpoint), endpoint)
    if decision is None:
        return {}
    _log.info(decision.reason, model=endpoint.model, action=decision.action.value)
    return {endpoint.model: decision.reason}


def _seal(endpoint: Endpoint) -> dict[str, str]:
    """Nothing where the stack is from before there were copies."""
    if endpoint.audit_bucket:
        count = _stage.sealer(endpoint).look(endpoint.model, datetime.now(UTC))
        _log.debug("sealed", model=endpoint.model, entries=count)
    return {}
