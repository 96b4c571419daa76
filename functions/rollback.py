"""An alarm went red: away from the candidate at once, if there is one and the alarm is about it."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from serin import settings
from serin.aws.control import Stage
from serin.rollout.cliffs import AlarmName
from serin.rollout.evidence import Alarm
from serin.rollout.on_alarm import on_alarm

_settings = settings.control()
_stage = Stage(_settings.stage, _settings.minute_s)
_log = Logger(service="rollback")


def handler(event: dict[str, Any], _context: object) -> str:
    """Takes CloudWatch's Alarm State Change from EventBridge."""
    detail = event["detail"]
    name, state = AlarmName.parse(detail["alarmName"]), detail["state"]
    if name is None or name.stage != _settings.stage or state["value"] != "ALARM":
        return "not an alarm of this stage that went red"
    endpoint = _stage.directory.get(name.model)
    alarm = Alarm(str(name), red=True, since=datetime.fromisoformat(state["timestamp"]))
    said = on_alarm(_stage.controller(endpoint), endpoint, alarm, event["id"], state.get("reason", ""))
    _log.info(said, model=name.model, alarm=str(name))
    return said
