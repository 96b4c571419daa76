"""May one more request pass? A token bucket for the rate, a counter for the quota."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Bucket", "Quota"]

PERIODS = {"DAY": 86_400, "WEEK": 604_800, "MONTH": 2_592_000}


@dataclass
class Bucket:
    """Holds `burst` tokens, refilled at `rate` a second.

    >>> now = [0.0]
    >>> bucket = Bucket(rate=1, burst=2, clock=lambda: now[0])
    >>> [bucket.take() for _ in range(3)]
    [True, True, False]
    >>> now[0] = 1.0
    >>> bucket.take()
    True
    """

    rate: float
    burst: int
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens, self._at = float(self.burst), self.clock()

    def take(self) -> bool:
        now = self.clock()
        self._tokens = min(float(self.burst), self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass
class Quota:
    """At most `limit` requests in each period (UTC days, weeks, months of 30 days).

    >>> quota = Quota(limit=1, period="DAY", clock=lambda: 0.0)
    >>> quota.take(), quota.take()
    (True, False)
    """

    limit: int
    period: str = "DAY"
    clock: Callable[[], float] = time.time
    _used: int = 0
    _window: int = -1

    def take(self) -> bool:
        window = int(self.clock() // PERIODS[self.period])
        if window != self._window:
            self._window, self._used = window, 0
        if self._used >= self.limit:
            return False
        self._used += 1
        return True
