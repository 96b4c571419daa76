"""What runs when the answer has already left: an internal Lambda extension holds the sandbox awake until the
invocation's queued work is done. Where there is no Extensions API (a unit test), work runs inline."""

import logging
import math
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeAlias

from serin.serving.extension_poll import ExtensionPoll, register

__all__ = ["AfterResponse"]

Work: TypeAlias = Callable[[], object]
_log = logging.getLogger(__name__)


class AfterResponse:
    """`submit` must be called once per invocation, also when the handler fails: the thread waits for it."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[tuple[str, Work]] = SimpleQueue()
        self._threaded = False
        self._awake = threading.Lock()  # held while the thread sees to an invocation

    @classmethod
    def start(cls, runtime_api: str | None) -> "AfterResponse":
        """Registers during init, which is the only time that Lambda allows it."""
        after = cls()
        if runtime_api:
            identifier = register(runtime_api, "serin-after-response")
            after._threaded = True
            arguments = (runtime_api, identifier)
            threading.Thread(target=after._serve, args=arguments, name="after-response", daemon=True).start()
        return after

    def submit(self, request_id: str, work: Work) -> None:
        if self._threaded:
            self._queue.put((request_id, work))
        else:
            _run(work)

    def finish(self, seconds: float = 0.4) -> None:
        """For the shutdown, from another thread: waits half of that for the invocation in hand, then runs what is
        still queued. Work that has begun is not cut short."""
        until = time.monotonic() + seconds
        held = self._awake.acquire(timeout=seconds / 2)
        try:
            self._drain(until)
        finally:
            if held:
                self._awake.release()

    def _serve(self, runtime_api: str, identifier: str) -> None:
        """The runtime's own end, or an API that stays away, ends the thread; work then runs inline."""
        poll = ExtensionPoll(runtime_api, identifier)
        failed = 0
        while failed < 3:
            try:
                event = poll.next()
                failed = 0
            except (OSError, ValueError) as error:
                # A snapshot's sockets don't survive it: connect anew and ask again.
                _log.warning("the Extensions API did not answer: %s", error)
                poll.close()
                failed += 1
                continue
            if event.get("eventType") == "INVOKE":
                with self._awake:
                    self._finish(str(event.get("requestId")), float(event.get("deadlineMs") or 0) / 1000)
        self._threaded = False
        self._drain()

    def _finish(self, request_id: str, deadline: float) -> None:
        """Runs queued work up to this invocation's own. If the handler never ran, it gives up at the deadline."""
        done = ""
        while done != request_id:
            try:
                done, work = self._queue.get(timeout=max(deadline - time.time(), 0.001))
            except Empty:
                return
            _run(work)

    def _drain(self, until: float = math.inf) -> None:
        while time.monotonic() < until:
            try:
                _, work = self._queue.get_nowait()
            except Empty:
                return
            _run(work)


def _run(work: Work) -> None:
    try:
        work()
    except Exception:
        _log.exception("work after the response failed")
