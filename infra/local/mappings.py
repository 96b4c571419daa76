"""Event source mappings: who reads a queue here in Lambda's place, and which of its messages come again?"""

import asyncio
import contextlib
from collections import Counter
from functools import partial
from typing import Any, Protocol

from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, sqs_backends

from infra.local.batch import Mapping, event, failures
from infra.local.console import say
from infra.local.fleet import Invoked
from infra.local.moto_app import Runs
from infra.local.release import ACCOUNT, REGION
from serin.errors import SerinError, TooLarge

__all__ = ["Mappings"]


class Invokes(Protocol):
    """As the fleet does."""

    async def invoke(self, function: str, qualifier: str | None, payload: bytes) -> Invoked:
        """Raises SerinError when the function was not reached."""


class Mappings:
    """Looks into the queues when it is told to: after a message was sent, and by the clock for those that come back.

    What is not acknowledged stays in its queue, out of sight for its visibility timeout; when it was received as often
    as the queue allows, moto moves it to the dead letters.
    """

    def __init__(self, moto: Runs, fleet: Invokes) -> None:
        self.moto, self.fleet = moto, fleet
        self.all: list[Mapping] = []
        self.workers: set[asyncio.Task[None]] = set()
        self._busy: Counter[Mapping] = Counter()

    def look(self) -> None:
        for mapping in self.all:
            self._start(mapping)

    async def tick(self, _now: float) -> None:
        self.look()

    async def stop(self) -> None:
        self.all = []
        for worker in self.workers:
            worker.cancel()
        await asyncio.gather(*self.workers, return_exceptions=True)

    def _start(self, mapping: Mapping) -> None:
        if self._busy[mapping] < mapping.most:
            self._busy[mapping] += 1
            worker = asyncio.create_task(self._work(mapping))
            self.workers.add(worker)
            worker.add_done_callback(partial(self._ended, mapping))

    def _ended(self, mapping: Mapping, worker: asyncio.Task[None]) -> None:
        self._busy[mapping] -= 1
        self.workers.discard(worker)
        if not worker.cancelled() and (error := worker.exception()):
            say(f"{mapping.queue} could not be read: {type(error).__name__}: {error}")

    async def _work(self, mapping: Mapping) -> None:
        """Batch after batch until the queue is empty; there may be more to do while the function runs."""
        while messages := await self.moto.run(partial(_receive, mapping)):
            self._start(mapping)
            failed = await self._failed(mapping, messages)
            if failed:
                say(f"{mapping.function} failed on {len(failed)} of {len(messages)} messages of {mapping.queue}")
            done = [str(message.receipt_handle) for message in messages if message.id not in failed]
            await self.moto.run(partial(_delete, mapping, done))

    async def _failed(self, mapping: Mapping, messages: list[Message]) -> set[str]:
        """The ids of those that have to come again."""
        sent = {message.id for message in messages}
        try:
            done = await self.fleet.invoke(mapping.function, mapping.qualifier, event(mapping, messages))
        except TooLarge:
            if len(messages) == 1:
                return sent
            half = len(messages) // 2
            return await self._failed(mapping, messages[:half]) | await self._failed(mapping, messages[half:])
        except SerinError:
            return sent
        if done.outcome.error:
            return sent
        return failures(done.outcome.payload, sent) if mapping.partial else set()


def _receive(mapping: Mapping) -> list[Message]:
    """Only on moto's thread, and never as a long poll, which would hold it."""
    backend = sqs_backends[ACCOUNT][REGION]
    queue: Any = backend.queues.get(mapping.queue)
    if queue is None:
        return []
    return backend.receive_message(mapping.queue, mapping.batch, 0, queue.visibility_timeout, ["All"])


def _delete(mapping: Mapping, handles: list[str]) -> None:
    for handle in handles:
        with contextlib.suppress(ReceiptHandleIsInvalid):  # somebody purged the queue meanwhile
            sqs_backends[ACCOUNT][REGION].delete_message(mapping.queue, handle)
