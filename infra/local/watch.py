"""The alarms of moto's CloudWatch, judged each second; a change is an event on the bus and a message to its topics."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from moto.cloudwatch.models import Alarm as Stored
from moto.sns.models import sns_backends

from infra.local import metric_data, metrics
from infra.local.alarms import INSUFFICIENT, Alarm, Sample, evaluate
from infra.local.console import say
from infra.local.events import Bus, event
from infra.local.invoke import queue
from infra.local.release import ACCOUNT, REGION, split_name
from serin.errors import InvalidSettings

__all__ = ["Watch"]

UNCHECKED = "Unchecked"
State = dict[str, str]


class Watch:
    """Remembers the states it has told, so that a state set by hand is told too, and an alarm put again is not."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._told: dict[str, State] = {}
        self._refused: set[str] = set()

    async def judge(self, now: float) -> None:
        """Measures first; then every alarm, in one step between two API calls; then tells what has changed."""
        for stored, before, after in await self.bus.moto.run(lambda: list(self._changes(now))):
            await self._tell(stored, before, after)

    def _changes(self, now: float) -> Iterator[tuple[Stored, State, State]]:
        self.bus.fleet.meter.flush()
        alarms = list(metrics.backend().describe_alarms())
        self._told = {one.name: self._told[one.name] for one in alarms if one.name in self._told}
        for stored in alarms:
            try:
                yield from self._change(stored, now)
            except InvalidSettings as error:
                if stored.name not in self._refused:
                    self._refused.add(stored.name)
                    say(f"not evaluated: {error}")

    def _change(self, stored: Stored, now: float) -> Iterator[tuple[Stored, State, State]]:
        told = self._told.get(stored.name) or _state(INSUFFICIENT, f"{UNCHECKED}: Initial alarm creation")
        if not stored.state_reason.startswith(UNCHECKED) and stored.state_value != told["value"]:  # set by hand
            by_hand = _state(stored.state_value, stored.state_reason)
            yield stored, told, by_hand
            told = by_hand
        alarm = _alarm(stored, told["value"])
        found = evaluate(alarm, _samples(stored, now - alarm.period * alarm.periods), now)
        after = _state(found.state, found.reason) if found.state != told["value"] else told
        if after is not told or stored.state_value != after["value"]:
            stored.update_state(after["reason"], orjson.dumps({"values": found.values}).decode(), after["value"])
        if after is not told:
            yield stored, told, after
        self._told[stored.name] = after

    async def _tell(self, stored: Stored, before: State, after: State) -> None:
        say(f"alarm {stored.name}: {before['value']} -> {after['value']}: {after['reason']}")
        detail = {"alarmName": stored.name, "state": after, "previousState": before, "configuration": _metric(stored)}
        message = event("aws.cloudwatch", "CloudWatch Alarm State Change", detail, [stored.alarm_arn])
        await self.bus.send(message)
        actions = {"ALARM": stored.alarm_actions, "OK": stored.ok_actions}
        wanted = actions.get(after["value"], stored.insufficient_data_actions) or []
        for arn in wanted if stored.actions_enabled else []:
            await self._act(arn, stored, message)

    async def _act(self, arn: str, stored: Stored, message: dict[str, Any]) -> None:
        if ":lambda:" in arn:
            name, qualifier = split_name(arn)
            content = {"source": "aws.cloudwatch", "alarmArn": stored.alarm_arn, "accountId": ACCOUNT,
                       "time": message["time"], "region": REGION, "alarmData": message["detail"]}  # fmt: skip
            queue(self.bus.fleet, name, qualifier, orjson.dumps(content))
        elif ":sns:" in arn:
            state = message["detail"]["state"]
            subject = f'{state["value"]}: "{stored.name}" in US East (N. Virginia)'
            text = orjson.dumps({"AlarmName": stored.name, "NewStateValue": state["value"],
                                 "NewStateReason": state["reason"], "AlarmArn": stored.alarm_arn}).decode()  # fmt: skip
            say(f"SNS {arn.rpartition(':')[2]}: {subject}")
            await self.bus.moto.run(lambda: sns_backends[ACCOUNT][REGION].publish(text, arn=arn, subject=subject[:100]))


def _state(value: str, reason: str) -> State:
    stamp = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    return {"value": value, "reason": reason, "timestamp": stamp}


def _alarm(stored: Stored, state: str) -> Alarm:
    return Alarm(
        stored.name, float(stored.threshold or 0), stored.comparison_operator, stored.statistic or "",
        int(stored.period or 60), int(stored.evaluation_periods),
        int(stored.datapoints_to_alarm) if stored.datapoints_to_alarm else None,
        stored.treat_missing_data or "missing", state, bool(stored.metric_data_queries or stored.rule),
    )  # fmt: skip


def _samples(stored: Stored, since: float) -> list[Sample]:
    """The alarm's own metric only."""
    of = metric_data.metric(str(stored.namespace), str(stored.metric_name), stored.dimensions)
    return metric_data.samples(metrics.backend(), of, since, unit=stored.unit or None)


def _metric(stored: Stored) -> dict[str, Any]:
    metric = {"namespace": stored.namespace, "name": stored.metric_name,
              "dimensions": {one.name: one.value for one in stored.dimensions}}  # fmt: skip
    stat = {"metric": metric, "period": int(stored.period or 60), "stat": stored.statistic}
    return {"description": stored.description, "metrics": [{"id": "m1", "metricStat": stat, "returnData": True}]}
