"""The value of an API key that belongs to a client plan."""

from typing import Any

from serin.aws.failures import call

__all__ = ["api_key"]


def api_key(client: Any, key_id: str) -> str:
    """Raise NotFound when the key was deleted, AccessDenied when the caller may not read keys."""
    return str(call(client.get_api_key, apiKey=key_id, includeValue=True)["value"])
