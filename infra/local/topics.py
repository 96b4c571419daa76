"""What becomes of a message that is published on a topic? It is shown, and functions that subscribed are called."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from infra.local.console import say
from infra.local.fleet import Fleet
from infra.local.http import Request, Response
from infra.local.invoke import queue
from infra.local.release import split_name

__all__ = ["Topics"]

_ID = re.compile(rb"<MessageId>([^<]+)")


@dataclass
class Topics:
    """`hearers` are topics with the functions that hear them; moto keeps all other subscriptions."""

    fleet: Fleet
    hearers: list[tuple[str, str]] = field(default_factory=list)

    def published(self, request: Request, response: Response) -> None:
        form = {key: values[0] for key, values in parse_qs(request.body.decode()).items()}
        topic = form.get("TopicArn", form.get("TargetArn", ""))
        said = ": ".join(form[key] for key in ("Subject", "Message") if key in form)
        say(f"SNS {topic.rpartition(':')[2]}: {said}")
        found = _ID.search(response.body)
        for one, function in self.hearers:
            if one == topic:
                name, qualifier = split_name(function)
                queue(self.fleet, name, qualifier, _event(topic, form, found[1].decode() if found else ""))


def _event(topic: str, form: dict[str, str], message_id: str) -> bytes:
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message: dict[str, Any] = {
        "Type": "Notification", "MessageId": message_id, "TopicArn": topic, "Subject": form.get("Subject"),
        "Message": form.get("Message", ""), "Timestamp": at, "MessageAttributes": {},
    }  # fmt: skip
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": f"{topic}:local", "Sns": message}
    return orjson.dumps({"Records": [record]})
