"""What becomes of a list of outcomes: each is counted, was counted before, or is refused with a reason."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from serin.errors import BadRequest
from serin.outcomes.judge import Outcome, judge
from serin.outcomes.outcome import told
from serin.outcomes.receipts import Receipt

__all__ = ["MOST", "Received", "Records", "listed", "posted", "receive"]

MOST = 100
"""Outcomes in one request: each is a write of its own, and the answer comes after all of them."""


class Records(Protocol):
    """Where outcomes are kept."""

    def add(self, outcome: Outcome) -> bool:
        """False where this row of this receipt is known already: the first word counts."""

    def mark(self, model: str, version: int, hour: str) -> None:
        """Say that this window has to be counted again."""


@dataclass(frozen=True)
class Received:
    """`refused` pairs the place in the list with the reason."""

    accepted: int
    repeated: int
    refused: tuple[tuple[int, str], ...]

    def to_dict(self) -> dict[str, Any]:
        refused = [{"index": index, "reason": reason} for index, reason in self.refused]
        return {"accepted": self.accepted, "repeated": self.repeated, "rejected": refused}


def receive(
    items: Any,
    read: Callable[[str], Receipt],
    models: Collection[str],
    records: Records,
    now: datetime,
    oldest: timedelta,
) -> Received:
    """Returns once all of it is written. Raises BadRequest for what is no list of outcomes, or too long a one.

    A window is marked after its outcomes are written, also for repeats: who died in between gave no answer, and is
    asked again. `read` raises BadRequest for what is no receipt of ours.
    """
    outcomes, refused = _judged(listed(items), read, models, now, oldest)
    new = [records.add(outcome) for outcome in outcomes]
    for window in sorted({(outcome.model, outcome.version, outcome.hour) for outcome in outcomes}):
        records.mark(*window)
    return Received(sum(new), len(new) - sum(new), tuple(refused))


def posted(body: bytes | str) -> Any:
    """What stands under `outcomes` in a request's body. Raises BadRequest when it is not JSON."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    return document.get("outcomes") if isinstance(document, dict) else None


def listed(items: Any) -> Sequence[Any]:
    """Raises BadRequest for what is no list of outcomes, or too long a one."""
    if not isinstance(items, list) or not items:
        raise BadRequest('send {"outcomes": [{"receipt": …, "row": 0, "outcome": …}, …]}')
    if len(items) > MOST:
        raise BadRequest(f"{len(items)} outcomes are too many for one request: send at most {MOST}")
    return items


def _judged(
    items: Sequence[Any],
    read: Callable[[str], Receipt],
    models: Collection[str],
    now: datetime,
    oldest: timedelta,
) -> tuple[list[Outcome], list[tuple[int, str]]]:
    outcomes, refused = [], []
    receipts: dict[str, Receipt] = {}  # a batch's rows share theirs, and reading it takes as long as it has rows
    for index, item in enumerate(items):
        try:
            one = told(item)
            if one.receipt not in receipts:
                receipts[one.receipt] = read(one.receipt)
            outcomes.append(judge(one, receipts[one.receipt], models, now, oldest))
        except BadRequest as error:
            refused.append((index, str(error)))
    return outcomes, refused
