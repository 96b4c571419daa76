"""What becomes of a queue's messages: taken in, refused for good with a reason, or left there to come again?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from serin.errors import BadRequest
from serin.outcomes.receive import Received, listed

__all__ = ["Taken", "take"]


@dataclass
class Taken:
    """`refused` pairs a message's id with the reason; `failed` with what did not work this time."""

    refused: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, Exception]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Lambda's partial batch response: these come again, all others are deleted."""
        return {"batchItemFailures": [{"itemIdentifier": message} for message, _ in self.failed]}


def take(messages: Iterable[Mapping[str, Any]], receive: Callable[[Any], Received]) -> Taken:
    """Each message alone, in the shape of an SQS event's records. Nobody hears an answer, so that what can't ever
    count must not come again, and what might must not be lost: whatever `receive` raises is a failure of this attempt.
    """
    taken = Taken()
    for message in messages:
        name = message["messageId"]
        try:
            items = listed(_items(message["body"]))
        except BadRequest as error:
            taken.refused.append((name, str(error)))
            continue
        try:
            received = receive(items)
        except Exception as error:
            taken.failed.append((name, error))
        else:
            taken.refused += [(name, f"outcome {index}: {reason}") for index, reason in received.refused]
    return taken


def _items(body: str) -> Any:
    """One outcome, or {"outcomes": [...]} as by HTTP. Raises BadRequest."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the message is not JSON: {error}") from None
    if isinstance(document, dict):
        return document.get("outcomes", [document])
    return None
