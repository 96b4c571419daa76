"""What really happened to one prediction, and what it was worth: read from what a client sends, or refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from serin.errors import BadRequest

__all__ = ["MICRO", "Told", "micro", "told"]

MICRO = 1_000_000
_MOST = 1e12
_LONGEST = 200
_KPIS = 8

Value = int | float | str | bool


@dataclass(frozen=True)
class Told:
    """One outcome as a client tells it. `kpi` is in millionths, so that sums are exact."""

    receipt: str
    row: int
    outcome: Value
    kpi: Mapping[str, int] = field(default_factory=dict)
    observed_at: datetime | None = None


def told(item: Any) -> Told:
    """Raises BadRequest with what is wrong and how it is written."""
    if not isinstance(item, Mapping):
        raise BadRequest("an outcome is an object with receipt, row and outcome")
    unknown = item.keys() - {"receipt", "row", "outcome", "kpi", "observed_at"}
    if unknown:
        raise BadRequest(
            f"unknown field {min(map(str, unknown))[:50]!r}: there are receipt, row, outcome, kpi, observed_at"
        )
    receipt, row = item.get("receipt"), item.get("row", 0)
    if not isinstance(receipt, str) or not receipt:
        raise BadRequest("receipt is missing: it came with the prediction, as parameters.receipt")
    if type(row) is not int or row < 0:
        raise BadRequest("row is the number of the row in its request, counted from 0")
    return Told(receipt, row, _outcome(item.get("outcome")), _kpi(item.get("kpi")), _time(item.get("observed_at")))


def micro(value: float) -> int:
    """In millionths."""
    return round(value * MICRO)


def _outcome(value: Any) -> Value:
    if isinstance(value, str) and 0 < len(value) <= _LONGEST:
        return value
    if isinstance(value, bool | int | float) and math.isfinite(value) and abs(value) <= _MOST:
        return value
    raise BadRequest(
        f"outcome is a number (finite, at most {_MOST:g}), true, false, or a text of 1 to {_LONGEST} characters"
    )


def _kpi(value: Any) -> dict[str, int]:
    if value is None:
        return {}
    named = value if isinstance(value, Mapping) else {"value": value}
    if len(named) > _KPIS:
        raise BadRequest(f"kpi has {len(named)} values: {_KPIS} are allowed")
    found = {}
    for name, one in named.items():
        if not isinstance(name, str) or not 0 < len(name) <= 40:
            raise BadRequest("a kpi has a name of 1 to 40 characters")
        if isinstance(one, bool) or not isinstance(one, int | float) or not math.isfinite(one) or abs(one) > _MOST:
            raise BadRequest(f"kpi {name!r} is no finite number of at most {_MOST:g}")
        found[name] = micro(one)
    return found


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadRequest("observed_at is a time in ISO 8601, such as 2026-01-05T08:31:14Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
