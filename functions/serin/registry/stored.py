"""What is stored under a hash: is it still that?"""

from collections.abc import Callable
from typing import Any

import orjson

from serin.errors import Unavailable
from serin.registry.canonical import sha256

__all__ = ["Read", "read_content", "read_document"]

Read = Callable[[str], bytes]
"""Gives what is stored under a key."""


def read_content(read: Read, folder: str, digest: str) -> bytes:
    """Raises Unavailable for content that is not what its hash says: writers may put an object anew."""
    key = f"{folder}/sha256/{digest}"
    data = read(key)
    if sha256(data) != digest:
        raise Unavailable(f"{key} holds other content than its hash says: restore the object's first version.")
    return data


def read_document(read: Read, digest: str | None) -> Any:
    """The JSON document with this hash, None without one. Raises Unavailable as read_content does."""
    return orjson.loads(read_content(read, "documents", digest)) if digest else None
