"""The event bus: which rules does an event match, which schedules are due, and how do their functions hear of it?"""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import orjson
from moto.events.models import Rule, events_backends

from infra.local.fleet import Fleet
from infra.local.http import Request, Response
from infra.local.invoke import queue
from infra.local.moto_app import Moto
from infra.local.patterns import matches
from infra.local.release import ACCOUNT, REGION, split_name
from serin.errors import InvalidSettings

__all__ = ["Bus", "Schedules", "event", "rate_minutes"]

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
MINUTES = {"minute": 1, "hour": 60, "day": 1440}


def rate_minutes(expression: str) -> int:
    """Raises InvalidSettings for anything but rate(…)."""
    found = RATE.fullmatch(expression)
    if not found or int(found[1]) == 0:
        raise InvalidSettings(f"the local clock knows rate(N minutes|hours|days) only, not {expression!r}")
    return int(found[1]) * MINUTES[found[2]]


def event(source: str, kind: str, detail: Any, resources: list[str], time: str | None = None) -> dict[str, Any]:
    """In the shape in which EventBridge delivers it."""
    return {
        "version": "0", "id": str(uuid.uuid4()), "detail-type": kind, "source": source, "account": ACCOUNT,
        "time": time or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "region": REGION, "resources": resources,
        "detail": detail,
    }  # fmt: skip


class Schedules:
    """When is each schedule due? The first time one period after it was first seen; late ones are not made up for."""

    def __init__(self, minute: float = 60.0) -> None:
        self.minute = minute
        self._next: dict[str, tuple[str, float]] = {}

    def due(self, expressions: dict[str, str], now: float) -> list[str]:
        """Names of the rules to fire; `expressions` are all rate(…) schedules that are enabled."""
        self._next = {name: one for name, one in self._next.items() if expressions.get(name) == one[0]}
        fired = []
        for name, expression in expressions.items():
            period = rate_minutes(expression) * self.minute
            at = self._next.setdefault(name, (expression, now + period))[1]
            if at <= now:
                fired.append(name)
                self._next[name] = (expression, at + period if at + period > now else now + period)
        return fired


class Bus:
    """Rules live in moto; what they match goes to the functions as asynchronous invocations."""

    def __init__(self, moto: Moto, fleet: Fleet, minute: float = 60.0) -> None:
        self.moto, self.fleet, self.schedules = moto, fleet, Schedules(minute)

    async def send(self, message: dict[str, Any], bus: str = "default") -> None:
        rules = await self.moto.run(lambda: _rules(bus))
        for rule in rules:
            pattern = rule.event_pattern.get_pattern()
            if pattern and matches(pattern, message):
                self._fire(rule, message)

    async def fire_due(self, now: float) -> None:
        rules = {one.name: one for one in await self.moto.run(_rules)}
        timed = {name: one.scheduled_expression for name, one in rules.items() if one.scheduled_expression}
        rates = {name: text for name, text in timed.items() if RATE.fullmatch(text)}
        for name in self.schedules.due(rates, now):
            self._fire(rules[name], event("aws.events", "Scheduled Event", {}, [rules[name].arn]))

    def _fire(self, rule: Rule, message: dict[str, Any]) -> None:
        for target in rule.targets:
            if ":lambda:" in target["Arn"]:
                name, qualifier = split_name(target["Arn"])
                payload = target["Input"].encode() if target.get("Input") else orjson.dumps(message)
                queue(self.fleet, name, qualifier, payload)

    async def put_events(self, request: Request) -> Response:
        """PutEvents, whose answer says for each entry whether it was taken."""
        answers = []
        for entry in orjson.loads(request.body).get("Entries", []):
            message, problem = _read(entry)
            if message:
                await self.send(message, entry.get("EventBusName", "default").rpartition("/")[2])
            answers.append({"EventId": message["id"]} if message else problem)
        failed = sum("ErrorCode" in one for one in answers)
        content = {"FailedEntryCount": failed, "Entries": answers}
        return Response(200, orjson.dumps(content), [(b"content-type", b"application/x-amz-json-1.1")])


def _rules(bus: str = "default") -> list[Rule]:
    found = events_backends[ACCOUNT][REGION].event_buses.get(bus)
    return [rule for rule in found.rules.values() if rule.state == "ENABLED"] if found else []


def _read(entry: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, str]]:
    for key in ("Source", "DetailType", "Detail"):
        if not entry.get(key):
            return None, {"ErrorCode": "InvalidArgument", "ErrorMessage": f"Parameter {key} is not valid. Reason: "
                          f"{key} is a required argument."}  # fmt: skip
    try:
        detail = orjson.loads(entry["Detail"])
    except orjson.JSONDecodeError:
        detail = None
    if not isinstance(detail, dict):
        return None, {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    time = entry.get("Time")
    when = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(time, int | float) else None
    return event(entry["Source"], entry["DetailType"], detail, entry.get("Resources", []), when), {}
