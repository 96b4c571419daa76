"""What do clients get while releases come and go? A few send real flights, one a request, until told to stop."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import tritonclient.http as triton

from infra.demo import traffic

__all__ = ["CLIENTS", "Fate", "LiveTraffic", "flowing"]

CLIENTS = 4

# Half of what two cores can serve. Clients, gateway, sandboxes, controller and commands share them: at full speed it
# would be the machine, not the release, that exceeds the endpoint's latency budget, and a good version would go back.
PER_SECOND = 300

# A rehearsal that hangs must end. Every rollout's deadline is earlier.
AT_MOST_S = 150.0


@dataclass(frozen=True)
class Fate:
    """What became of one request for one row: when it was sent and answered, by which release and what, or the error.

    `probabilities` are those of one row. An error names no release: the answer that would is not there.
    """

    row: int
    sent: float
    answered: float
    release: int | None = None
    label: int | None = None
    probabilities: np.ndarray | None = None
    status: str | None = None
    error: str | None = None


@dataclass
class LiveTraffic:
    """`sent` counts requests before they go out, `fates` has each that came to an end."""

    endpoint: traffic.Endpoint
    rows: np.ndarray
    per_second: float = PER_SECOND
    sent: int = 0
    fates: list[Fate] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def client(self) -> None:
        """Send at an even pace until stopped. Who is late does not hurry after, for a stall must not end in a burst."""
        client, due, until = traffic.connect(self.endpoint), time.monotonic(), time.monotonic() + AT_MOST_S
        while not self._stop.is_set() and time.monotonic() < until:
            self._send(client)
            due = max(due + CLIENTS / self.per_second, time.monotonic())
            self._stop.wait(due - time.monotonic())

    def stop(self) -> None:
        self._stop.set()

    def await_answers(self, number: int, others_than: int, or_else: Callable[[], bool]) -> None:
        """Until so many answers came from another release than this one, or something else is so."""
        while not or_else() and sum(fate.release not in {None, others_than} for fate in list(self.fates)) < number:
            time.sleep(0.2)

    def _send(self, client: triton.InferenceServerClient) -> None:
        with self._lock:
            number = next(self._numbers)
            self.sent += 1
        self.fates.append(_ask(client, self.endpoint, number, self.rows))


@contextmanager
def flowing(endpoint: traffic.Endpoint, rows: np.ndarray, per_second: float = PER_SECOND) -> Iterator[LiveTraffic]:
    """Traffic that flows as long as the block; after it, all its requests have been answered."""
    live = LiveTraffic(endpoint, rows, per_second)
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(live.client) for _ in range(CLIENTS)]
        try:
            yield live
        finally:
            live.stop()
    for client in clients:
        client.result()


def _ask(client: triton.InferenceServerClient, endpoint: traffic.Endpoint, number: int, rows: np.ndarray) -> Fate:
    row = number % len(rows)
    chosen = rows[row : row + 1]
    binary = bool(number % 2 or np.isnan(chosen).any())  # JSON has no NaN
    sent = time.time()
    try:
        result = traffic.infer(client, endpoint, chosen, binary=binary)
        release = int(result.get_response()["parameters"]["release"])
        label, probabilities = int(result.as_numpy("label")[0]), result.as_numpy("probabilities")[0]
    except triton.InferenceServerException as error:
        return Fate(row, sent, time.time(), status=error.status(), error=str(error))
    except Exception as error:  # a broken connection is a fate too
        return Fate(row, sent, time.time(), error=f"{type(error).__name__}: {error}")
    return Fate(row, sent, time.time(), release, label, probabilities)
