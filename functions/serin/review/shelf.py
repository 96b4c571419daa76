"""Where reviews are kept, as those need it who bring them in and tell of late ones."""

from collections.abc import Sequence
from typing import Protocol

from serin.registry.endpoints import Endpoint
from serin.registry.notice import Notice
from serin.review.case import Case
from serin.review.item import Item

__all__ = ["Shelf", "Teller"]


class Shelf(Protocol):
    def add(self, item: Item, text: str) -> bool:
        """False where it is known already, decided or not. `text` is the message as it came."""

    def open(self, model: str) -> Sequence[Case]:
        """Those whose outcome has not come back, the most urgent first."""

    def save(self, case: Case) -> Case:
        """With its new revision. Raises Conflict where it is not of this revision any more."""


class Teller(Protocol):
    """To owners and programs."""

    def tell(self, endpoint: Endpoint, notice: Notice) -> None: ...
