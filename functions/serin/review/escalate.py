"""Who hears of reviews that are late? The communicator, once, with one message for all that became late together."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from serin.errors import Conflict
from serin.registry.endpoints import Endpoint
from serin.registry.notice import COMMUNICATOR, Event, Notice
from serin.registry.records import timestamp
from serin.review.case import Case
from serin.review.desk import late
from serin.review.shelf import Shelf, Teller

__all__ = ["OVERDUE", "escalate", "notice"]

OVERDUE = "ReviewOverdue"
_NAMED = 100
_log = logging.getLogger(__name__)


def escalate(shelf: Shelf, teller: Teller, endpoint: Endpoint, cases: Sequence[Case], now: datetime) -> int:
    """How many were told of. Telling comes first: who dies before it is written down tells it again."""
    found = late(cases, now)
    if found:
        teller.tell(endpoint, notice(endpoint, found, now))
    for case in found:
        try:
            shelf.save(replace(case, told=True))
        except Conflict:  # somebody took or decided it at this moment: if it stays open, it is told once more
            _log.info("%s changed while its owners were told", case.id)
    return len(found)


def notice(endpoint: Endpoint, cases: Sequence[Case], now: datetime) -> Notice:
    """The id is the same for the same reviews. The most urgent come first; a hundred of them are named."""
    key = f"{endpoint.model}/reviews/{sha256(' '.join(case.id for case in cases).encode()).hexdigest()[:16]}"
    count, first = len(cases), cases[0]
    what = "1 review is" if count == 1 else f"{count} reviews are"
    message = (
        f"{what} overdue for {endpoint.model} ({endpoint.stage}): the model was not sure of these predictions, and "
        f"nobody has decided. The first was due at {timestamp(first.deadline)}.\n"
        f"All that wait: serin review list {endpoint.model}. The most urgent: serin review take {endpoint.model}."
    )
    subject = f"{endpoint.model} ({endpoint.stage}): {what} overdue"
    return Notice(key, (COMMUNICATOR,), subject, message, Event(OVERDUE, _detail(endpoint, key, cases, now)))


def _detail(endpoint: Endpoint, key: str, cases: Sequence[Case], now: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "stage": endpoint.stage,
        "model": endpoint.model,
        "team": endpoint.team,
        "at": timestamp(now),
        "count": len(cases),
        "reviews": [
            {
                "id": case.id,
                "version": case.version,
                "confidence": case.confidence,
                "predicted_at": timestamp(case.at),
                "deadline": timestamp(case.deadline),
            }
            for case in cases[:_NAMED]
        ],
    }
