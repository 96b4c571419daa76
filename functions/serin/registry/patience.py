"""How long does a registration wait for storage that is too busy?"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from serin.errors import Throttled

__all__ = ["Patience"]

T = TypeVar("T")
_TRIES = 5
_FIRST_S = 1.0


@dataclass(frozen=True)
class Patience:
    """Tries again, each time after twice as long, beyond what boto3 does by itself: it never repeats a transaction that
    was cancelled for being throttled."""

    pause: Callable[[float], None]
    on_step: Callable[[str], None]

    def __call__(self, work: Callable[[], T]) -> T:
        """Raises Throttled when it stays so for about a quarter of a minute."""
        for tried in range(_TRIES - 1):
            try:
                return work()
            except Throttled:
                seconds = _FIRST_S * 2**tried * random.uniform(0.5, 1)  # noqa: S311 - spreads attempts, guards nothing
                self.on_step(f"storage is too busy: trying again in {seconds:.1f} s")
                self.pause(seconds)
        try:
            return work()
        except Throttled as error:
            raise Throttled(
                f"Storage stayed too busy ({error}). Nothing of a new version is visible: run the command again later."
            ) from error
