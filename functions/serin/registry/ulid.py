"""Identifiers that sort by time: 48 bits of milliseconds, 80 random bits, in Crockford's base 32.

Source: https://github.com/ulid/spec
"""

import secrets
from datetime import datetime
from hashlib import sha256

__all__ = ["moment", "ulid"]

_TIME = 10
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(now: datetime, seed: str | None = None) -> str:
    """With a seed, the same moment and seed give the same one: for what may arrive twice."""
    drawn = secrets.token_bytes(10) if seed is None else sha256(seed.encode()).digest()[:10]
    value = (int(now.timestamp() * 1000) << 80) | int.from_bytes(drawn, "big")
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def moment(at: datetime) -> str:
    """What the identifiers of this millisecond begin with: those made earlier sort before it."""
    return ulid(at)[:_TIME]
