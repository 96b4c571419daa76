"""How is it told that nobody asks an endpoint?"""

from typing import Any

from serin.idle.idleness import Idleness
from serin.registry.records import timestamp

__all__ = ["idle_document"]


def idle_document(idleness: Idleness | None) -> dict[str, Any] | None:
    """None while it is in use."""
    if idleness is None or not idleness.idle:
        return None
    since, paused = idleness.quiet_since, idleness.since or idleness.quiet_since
    warm = ", nothing kept warm" if idleness.warm else ""
    return {
        "since": timestamp(since),
        "paused": timestamp(paused),
        "warm": dict(idleness.warm),
        "sentence": f"{idleness.model} is idle since {since:%Y-%m-%d %H:%M} UTC: drift paused{warm}, from "
        f"{paused:%Y-%m-%d %H:%M} UTC until the next request",
    }
