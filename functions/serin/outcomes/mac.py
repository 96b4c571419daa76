"""What does a key make of a text, so that who holds the key knows its own? HMAC-SHA256 (RFC 2104), for many texts."""

import hashlib
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

__all__ = ["hmac_sha256"]

Half: TypeAlias = "hashlib._Hash"
_SHORT = 512


def hmac_sha256(key: bytes) -> Callable[[bytes], bytes]:
    """With the two blocks of the key hashed beforehand (section 4): half the time of hmac.digest for a receipt."""
    short, long = _halves(key, _plain_sha256()), _halves(key, hashlib.sha256)

    def mac(text: bytes) -> bytes:
        inner, outer = short if len(text) < _SHORT else long
        inner, outer = inner.copy(), outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()

    return mac


def _halves(key: bytes, sha256: Callable[[bytes], Half]) -> tuple[Half, Half]:
    block = (key if len(key) <= 64 else hashlib.sha256(key).digest()).ljust(64, b"\0")
    inner, outer = (sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    return inner, outer


def _plain_sha256() -> Callable[[bytes], Half]:
    """Python's own, which copies its state at no cost, where OpenSSL's takes longer for that than for hashing a few
    blocks. It is no public name, and may be missing."""
    for name in ("_sha2", "_sha256"):
        try:
            found: Callable[[bytes], Half] = import_module(name).sha256
        except ImportError:
            continue
        return found
    return hashlib.sha256
