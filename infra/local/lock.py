"""Only one local cloud per home: the system holds the lock, so that even a killed process lets go of it."""

import contextlib
import fcntl
from pathlib import Path
from typing import IO

from infra.local import running
from serin.errors import Conflict

__all__ = ["HomeLock"]


class HomeLock:
    def __init__(self, home: Path) -> None:
        self.home = home
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Raises Conflict, naming the process and the URL of the one that runs."""
        self.home.mkdir(parents=True, exist_ok=True)
        file = (self.home / "lock").open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            other = running.read(self.home)
            where = f"process {other.pid} at {other.api_url}" if other else "another process, which is still starting"
            raise Conflict(f"a local cloud is already running from {self.home}: {where}") from None
        self._file = file

    def release(self) -> None:
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
