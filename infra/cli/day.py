"""A day or a moment as people type it."""

from datetime import UTC, datetime

from serin.errors import BadRequest

__all__ = ["day"]


def day(text: str) -> datetime:
    """UTC where it says no other. Raises BadRequest for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is no day: write 2026-01-05.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
