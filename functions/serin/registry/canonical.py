"""Which bytes stand for a document, so that equal content has an equal hash."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

__all__ = ["canonical_json", "digest_of", "sha256"]


def canonical_json(document: Any) -> bytes:
    """Keys sorted, no spaces, UTF-8. Raises TypeError for what JSON can't hold.

    >>> canonical_json({"b": 1, "a": [1.5, None]})
    b'{"a":[1.5,null],"b":1}'
    """
    try:
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise TypeError(str(error)) from error


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_of(hashes: Mapping[str, str | None]) -> str:
    """The identity of a model version: one hash over the hashes of its parts."""
    return sha256(canonical_json(dict(hashes)))
