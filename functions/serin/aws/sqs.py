"""Messages of SQS: sent by an inference function after its response, and read by a function that a schedule wakes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from serin.aws.clients import impatient
from serin.aws.failures import call
from serin.errors import Unavailable

__all__ = ["Message", "Queue", "sender"]

_BATCH = 10


def sender(queue: str) -> Callable[[Sequence[str]], int]:
    """Sends up to ten messages, and says how many were not taken; raises the SerinError of the failure.

    The client is made with the first of them: most sandboxes never need one.
    """

    @cache
    def client() -> Any:
        return impatient("sqs")

    def send(bodies: Sequence[str]) -> int:
        entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
        return len(call(client().send_message_batch, QueueUrl=queue, Entries=entries).get("Failed", ()))

    return send


@dataclass(frozen=True)
class Message:
    """`handle` is what deletes it, good for this one receipt."""

    id: str
    body: str
    handle: str


class Queue:
    """Implements serin.review.collect.Queue."""

    def __init__(self, client: Any, url: str) -> None:
        self._client, self._url = client, url

    def receive(self) -> tuple[Message, ...]:
        """Up to ten that are there, without waiting for others."""
        answer = call(self._client.receive_message, QueueUrl=self._url, MaxNumberOfMessages=_BATCH)
        return tuple(Message(one["MessageId"], one["Body"], one["ReceiptHandle"]) for one in answer.get("Messages", ()))

    def delete(self, messages: Sequence[Message]) -> None:
        """Raises Unavailable where one was not: it comes again."""
        entries = [{"Id": str(place), "ReceiptHandle": one.handle} for place, one in enumerate(messages)]
        if entries and call(self._client.delete_message_batch, QueueUrl=self._url, Entries=entries).get("Failed"):
            raise Unavailable("SQS did not delete all messages: they come again")
