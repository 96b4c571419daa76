"""What is still done when Lambda lets a sandbox go: it sends SIGTERM (to a function with an extension, 500 ms before
the SIGKILL), and counts that wait are written. A SIGKILL alone (a crash, a timeout) loses the counts of the second
after the last line, at most."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType

__all__ = ["on_shutdown"]

Step = Callable[[], object]
_log = logging.getLogger(__name__)


def on_shutdown(*steps: Step) -> None:
    """At SIGTERM runs the steps, then lets the signal do what it did before. Only the main thread can ask for this;
    elsewhere nothing happens. A second SIGTERM ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        return
    asked: SimpleQueue[int] = SimpleQueue()
    previous = signal.getsignal(signal.SIGTERM) or signal.SIG_DFL

    def hear(number: int, _frame: FrameType | None) -> None:
        # Any lock may be held by the very code that this interrupts, so the steps run on a thread of their own and
        # this takes no lock: SimpleQueue.put is made to be called from a signal handler, Thread.start is not.
        signal.signal(number, previous)
        asked.put(number)

    signal.signal(signal.SIGTERM, hear)
    threading.Thread(target=_end, args=(asked, steps), name="shutdown", daemon=True).start()


def _end(asked: SimpleQueue[int], steps: tuple[Step, ...]) -> None:
    number = asked.get()
    for step in steps:
        try:
            step()
        except Exception:
            _log.exception("a step of the shutdown failed")
    os.kill(os.getpid(), number)
