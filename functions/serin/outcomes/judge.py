"""Does an outcome count? Its receipt must be ours, of this stage, of the past, and not too old."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from serin.errors import BadRequest
from serin.outcomes.outcome import Told, micro
from serin.outcomes.receipts import Receipt

__all__ = ["Outcome", "judge"]

_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Outcome:
    """One row's prediction with what came of it. `score` and `kpi` are in millionths; `id` is the receipt's."""

    id: str
    row: int
    model: str
    version: int
    release: str
    at: datetime
    outcome: int | float | str | bool
    score: int | None = None
    kpi: dict[str, int] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    client: str = ""
    observed_at: datetime | None = None

    @property
    def hour(self) -> str:
        """The window of the prediction, such as 2026-01-05T08."""
        return f"{self.at:%Y-%m-%dT%H}"

    def to_dict(self) -> dict[str, Any]:
        times = {"at": _text(self.at), "observed_at": _text(self.observed_at) if self.observed_at else None}
        rest = ("id", "row", "model", "version", "release", "score", "kpi", "segments", "client")
        return {**{name: getattr(self, name) for name in rest}, **times, "outcome": json.dumps(self.outcome)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Numbers may come back as Decimal."""
        observed, score = document.get("observed_at"), document.get("score")
        return cls(
            document["id"], int(document["row"]), document["model"], int(document["version"]), document["release"],
            datetime.fromisoformat(document["at"]), json.loads(document["outcome"]),
            score=None if score is None else int(score),
            kpi={name: int(value) for name, value in document["kpi"].items()},
            segments=dict(document["segments"]), client=document["client"],
            observed_at=datetime.fromisoformat(observed) if observed else None,
        )  # fmt: skip


def judge(told: Told, receipt: Receipt, models: Collection[str], now: datetime, oldest: timedelta) -> Outcome:
    """Raises BadRequest with the reason. The receipt's signature was checked when it was read."""
    if receipt.model not in models:
        raise BadRequest(f"the receipt is of model {receipt.model[:100]!r}, which this stage does not serve")
    if receipt.at > now + _SKEW:
        raise BadRequest(f"the receipt is from the future: {_text(receipt.at)}")
    if receipt.at < now - oldest:
        raise BadRequest(f"the receipt has expired: it is of {_text(receipt.at)}, {oldest.days} days are allowed")
    if told.row >= receipt.rows:
        raise BadRequest(f"row {told.row} does not exist: the receipt covers {receipt.rows}, counted from 0")
    if told.observed_at and not receipt.at - _SKEW <= told.observed_at <= now + _SKEW:
        raise BadRequest("observed_at lies before the prediction, or in the future")
    return Outcome(
        receipt.id, told.row, receipt.model, receipt.version, receipt.release, receipt.at, told.outcome,
        score=_score(receipt, told.row), kpi=dict(told.kpi), segments=_segments(receipt, told.row),
        client=receipt.client, observed_at=told.observed_at,
    )  # fmt: skip


def _score(receipt: Receipt, row: int) -> int | None:
    score = receipt.scores[row] if receipt.scores else None
    return micro(score) if score is not None and math.isfinite(score) else None


def _segments(receipt: Receipt, row: int) -> dict[str, str]:
    return dict(zip(receipt.segment_names, receipt.segments[row], strict=True)) if receipt.segments else {}


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
