"""Which keys and which models does this stage know? Read when they are needed, and again when they may have changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from serin.errors import BadRequest, InvalidReceipt, NotReady
from serin.outcomes.keys import Keyring
from serin.outcomes.receipts import Receipt, read

__all__ = ["Door"]

_FRESH_S, _UNKNOWN_S = 60.0, 5.0
E = TypeVar("E")
T = TypeVar("T")


@dataclass
class Door(Generic[E]):
    """`secret` gives the keyring's text, `directory` the endpoints; both cost a call, which is made rarely.

    A receipt may be of a key that is younger than this process: then the keys are read again before it is refused. A
    key that was dropped counts for a minute at most: then they are read again, and nothing counts while they can't be.
    """

    secret: Callable[[], str]
    directory: Callable[[], tuple[E, ...]]
    clock: Callable[[], float]  # seconds on the wall: others may stand still while Lambda has frozen a sandbox
    _keyring: Keyring | None = None
    _read_at: float = field(default=0.0)
    _endpoints: tuple[E, ...] = ()
    _listed_at: float = field(default=0.0)

    def read(self, text: str) -> Receipt:
        """Raises InvalidReceipt, or NotReady while the keys can't be read as such."""
        try:
            return read(text, self._keys())
        except InvalidReceipt:
            if self.clock() - self._read_at < _UNKNOWN_S:
                raise
            self._keyring = None
            return read(text, self._keys())

    def endpoints(self) -> tuple[E, ...]:
        """Raises NotReady where the stage has none, or has one whose description can't be read."""
        if not self._endpoints or self._stale(self._listed_at):
            self._endpoints, self._listed_at = _ours(self.directory), self.clock()
        if not self._endpoints:
            raise NotReady("this stage has no endpoint yet: add one to cdk.json and deploy the stack")
        return self._endpoints

    def _keys(self) -> Keyring:
        if self._keyring is None or self._stale(self._read_at):
            asked = self.clock()
            self._keyring, self._read_at = _ours(lambda: Keyring.from_json(self.secret())), asked
        return self._keyring

    def _stale(self, since: float) -> bool:
        return not 0 <= self.clock() - since < _FRESH_S


def _ours(read: Callable[[], T]) -> T:
    """What is wrong with the stage's own settings is no fault of an outcome's, which must not be refused for it."""
    try:
        return read()
    except BadRequest as error:
        raise NotReady(str(error)) from error
