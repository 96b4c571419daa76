"""Tells people by SNS, where each role filters for itself, and programs by EventBridge."""

from dataclasses import dataclass
from typing import Any

import orjson

from serin.aws.failures import call
from serin.errors import Unavailable
from serin.registry.endpoints import Endpoint
from serin.registry.notice import Event, Notice

__all__ = ["Notices"]

_SUBJECT = 100


@dataclass(frozen=True)
class Notices:
    """Implements serin.rollout.controller.Notices."""

    sns: Any
    events: Any

    def tell(self, endpoint: Endpoint, notice: Notice) -> None:
        """Raises Unavailable where EventBridge does not take the event, and what SNS says."""
        if notice.roles:
            self._message(endpoint, notice)
        if notice.event is not None:
            self._event(notice.event)

    def _message(self, endpoint: Endpoint, notice: Notice) -> None:
        def text(value: str, kind: str = "String") -> dict[str, str]:
            return {"DataType": kind, "StringValue": value}

        call(
            self.sns.publish,
            TopicArn=endpoint.topic,
            Subject=notice.subject.encode("ascii", "replace").decode()[:_SUBJECT],
            Message=notice.message,
            MessageAttributes={
                "role": text(orjson.dumps(list(notice.roles)).decode(), "String.Array"),
                "model": text(endpoint.model),
                "id": text(notice.id),
            },
        )

    def _event(self, event: Event) -> None:
        entry = {"Source": "serin", "DetailType": event.kind, "Detail": orjson.dumps(event.detail).decode()}
        answer = call(self.events.put_events, Entries=[entry])
        if answer["FailedEntryCount"]:
            said = answer["Entries"][0].get("ErrorMessage", "no reason given")
            raise Unavailable(f"EventBridge did not take the event: {said}")
