"""How does Lambda hand a batch of messages from a queue to a function, and how does it read the function's answer?"""

import base64
from dataclasses import dataclass
from typing import Any

import orjson
from moto.sqs.models import Message

from infra.local.release import ACCOUNT, REGION

__all__ = ["AT_ONCE", "Mapping", "event", "failures"]

AT_ONCE = 5
"""Batches at once with which Lambda begins where no maximum is set; it goes on to a thousand, which no laptop can."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`batch` messages at a time and `most` batches at once, at most. `partial`: the answer names those that failed."""

    queue: str
    function: str
    qualifier: str | None = None
    batch: int = 10
    most: int = AT_ONCE
    partial: bool = False

    @property
    def arn(self) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.queue}"


def event(mapping: Mapping, messages: list[Message]) -> bytes:
    records = [
        {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.approximate_receive_count),
                "SentTimestamp": str(message.sent_timestamp),
                "SenderId": message.sender_id,
                "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
            },
            "messageAttributes": {name: _attribute(one) for name, one in message.message_attributes.items()},
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": mapping.arn,
            "awsRegion": REGION,
        }
        for message in messages
    ]
    return orjson.dumps({"Records": records})


def failures(answer: bytes, sent: set[str]) -> set[str]:
    """The ids in a partial batch response. One that can't be read, or names what was not sent, fails the whole batch:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    try:
        items = (orjson.loads(answer) or {}).get("batchItemFailures") or []
        named = {item["itemIdentifier"] for item in items}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return sent
    return named if named <= sent else sent


def _attribute(given: dict[str, Any]) -> dict[str, Any]:
    """`DataType` becomes `dataType`, and bytes become base64."""
    found = {
        f"{name[0].lower()}{name[1:]}": base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in given.items()
    }
    return {"stringListValues": [], "binaryListValues": [], **found}
