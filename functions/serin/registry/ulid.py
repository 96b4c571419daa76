"""Identifiers that sort by time: 48 bits of milliseconds, 80 random bits, in Crockford's base 32.

Source: https://github.com/ulid/spec
"""

import secrets
from datetime import datetime

__all__ = ["ulid"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(now: datetime) -> str:
    value = (int(now.timestamp() * 1000) << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
