"""How do reviews come from an endpoint's queue to where people find them? Each once, however often it is delivered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from serin.errors import BadRequest
from serin.review.item import read
from serin.review.shelf import Shelf

__all__ = ["Collected", "collect"]


class Message(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def body(self) -> str: ...


M = TypeVar("M", bound=Message)


class Queue(Protocol[M]):
    def receive(self) -> Sequence[M]:
        """A few that are there; none where it is empty."""

    def delete(self, messages: Sequence[M]) -> None: ...


@dataclass(frozen=True)
class Collected(Generic[M]):
    """`refused` pairs a message with the reason: it stays, and goes to the dead letters in the end."""

    added: int = 0
    repeated: int = 0
    refused: tuple[tuple[M, str], ...] = ()


def collect(queue: Queue[M], shelf: Shelf, model: str, on: Callable[[], bool]) -> Collected[M]:
    """Until the queue is empty, or `on` says no. Raises what the shelf raises.

    Messages are deleted once they are written: who dies in between gets them again, and adds nothing.
    """
    added = repeated = 0
    refused: list[tuple[M, str]] = []
    while on() and (messages := queue.receive()):
        written = []
        for message in messages:
            try:
                new = shelf.add(read(message.body, model), message.body)
            except BadRequest as error:
                refused.append((message, str(error)))
                continue
            written.append(message)
            added, repeated = added + new, repeated + (not new)
        queue.delete(written)
    return Collected(added, repeated, tuple(refused))
