"""What does a person have to look at? One row of a prediction, as its endpoint sent it: it never changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from serin.errors import BadRequest

__all__ = ["Item", "read"]

_ID = re.compile(r"[0-9a-f]{28}-[0-9]{1,9}")


@dataclass(frozen=True)
class Item:
    """`id` is that of the receipt, and the row's. `inputs` is None where they were too large for the queue."""

    id: str
    model: str
    version: int
    release: str
    receipt: str
    row: int
    at: datetime
    deadline: datetime
    confidence: float
    score: float | None
    inputs: Mapping[str, Any] | None
    outputs: Mapping[str, Any]


def read(text: str, model: str) -> Item:
    """Raises BadRequest for what no endpoint of this model has sent."""
    try:
        document = orjson.loads(text)
        item = Item(**{
            **{name: document.get(name) for name in ("inputs", "score")},
            **{name: str(document[name]) for name in ("id", "model", "release", "receipt")},
            **{name: int(document[name]) for name in ("version", "row")},
            **{name: datetime.fromisoformat(document[name]).astimezone(UTC) for name in ("at", "deadline")},
            "confidence": float(document["confidence"]), "outputs": dict(document["outputs"]),
        })  # fmt: skip
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRequest(f"no review can be made of this message: {type(error).__name__}: {error}") from None
    if item.model != model or not _ID.fullmatch(item.id):
        raise BadRequest(f"this message is no review of {model}: model {item.model[:40]!r}, id {item.id[:40]!r}")
    return item
