"""How a day is written on the command line."""

from datetime import UTC, datetime

from serin.errors import BadRequest

__all__ = ["read_day"]


def read_day(text: str) -> datetime:
    """In UTC, unless it says otherwise. Raises BadRequest for what is none."""
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is no day: write 2026-01-05.") from None
    return day if day.tzinfo else day.replace(tzinfo=UTC)
