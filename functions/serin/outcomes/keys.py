"""Which key signs receipts, and which ones did before? What one secret in Secrets Manager holds."""

from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Self

import orjson

from serin.errors import InvalidSettings, NotFound

__all__ = ["KEPT", "Key", "Keyring"]

KEPT = 5
"""How many keys stay valid after they were replaced."""
_SHORTEST, _LONGEST = 32, 256
_CURE = "go back to the version of the secret before this one"


@dataclass(frozen=True)
class Key:
    """`id` is a short hash of the secret: it stands in each receipt, and tells nothing of the secret."""

    secret: str = field(repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """Raises InvalidSettings, without a word of the secret."""
        if not isinstance(self.secret, str) or not self.secret.isascii():
            raise InvalidSettings(f"a key of the receipts is no ASCII text: {_CURE}")
        if not _SHORTEST <= len(self.secret) <= _LONGEST:
            raise InvalidSettings(
                f"a key of the receipts has {len(self.secret)} characters, not {_SHORTEST} to {_LONGEST}: {_CURE}"
            )
        object.__setattr__(self, "id", sha256(b"serin receipt key\0" + self.secret.encode()).hexdigest()[:8])

    @classmethod
    def new(cls) -> Self:
        """384 bits of the system's randomness."""
        return cls(token_urlsafe(48))


@dataclass(frozen=True)
class Keyring:
    """`current` signs. Receipts of the `previous` keys, the newest first, stay valid."""

    current: Key
    previous: tuple[Key, ...] = ()

    def __post_init__(self) -> None:
        """Raises InvalidSettings when a key is there twice."""
        if len({key.id for key in self.keys}) != len(self.keys):
            raise InvalidSettings(f"the keys of the receipts hold one of them twice: {_CURE}")

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.current, *self.previous)

    def find(self, identity: str) -> Key | None:
        return next((key for key in self.keys if key.id == identity), None)

    def rotated(self, fresh: Key | None = None, kept: int = KEPT) -> "Keyring":
        """A new key signs from now on. The one before stays valid, and so do those before it, `kept` in all."""
        return Keyring(fresh or Key.new(), self.keys[: max(kept, 1)])

    def without(self, identity: str, fresh: Key | None = None) -> "Keyring":
        """This key is void from now on. Only where it is the current one, a new one takes its place: one more would
        push out the oldest of those that are good. Raises NotFound, with the keys that there are."""
        if self.find(identity) is None:
            known = ", ".join(key.id for key in self.keys)
            raise NotFound(f"There is no key {identity} any more, or never was: there are {known}, the current first.")
        kept = tuple(key for key in self.keys if key.id != identity)
        return Keyring(fresh or Key.new(), kept) if identity == self.current.id else Keyring(kept[0], kept[1:])

    @classmethod
    def from_json(cls, text: str) -> Self:
        """`{"key": "…", "previous": ["…"]}`; CloudFormation generates it without `previous`. Raises InvalidSettings."""
        document = _object(text)
        if unknown := document.keys() - {"key", "previous"}:
            raise InvalidSettings(f"the secret of the receipts has {len(unknown)} unknown fields: {_CURE}")
        previous = document.get("previous", [])
        if "key" not in document or not isinstance(previous, list):
            raise InvalidSettings(f"the secret of the receipts needs 'key', and in 'previous' a list: {_CURE}")
        return cls(Key(document["key"]), tuple(map(Key, previous)))

    def to_json(self) -> str:
        return orjson.dumps({"key": self.current.secret, "previous": [key.secret for key in self.previous]}).decode()


def _object(text: str) -> dict[str, Any]:
    """A JSON error quotes nothing here: what can't be read may still be a key."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise InvalidSettings(f"the secret of the receipts is no JSON object: {_CURE}")
    return document
