"""Where do the lines go that sandboxes print? Into one file per function, with time, version and process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["Log"]


@dataclass
class Log:
    """Lines of all sandboxes of one release; a part of a line waits for its end."""

    path: Path
    version: str
    hear: Callable[[bytes], None] | None = None
    _partial: dict[int, bytes] = field(default_factory=dict)

    def write(self, chunk: bytes, pid: int) -> None:
        *lines, rest = (self._partial.get(pid, b"") + chunk).split(b"\n")
        self._partial[pid] = rest
        self._append(lines, pid)

    def add(self, line: bytes, pid: int) -> None:
        """A line that the function did not print."""
        self._append([line], pid)

    def end(self, pid: int) -> None:
        if rest := self._partial.pop(pid, b""):
            self._append([rest], pid)

    def _append(self, lines: list[bytes], pid: int) -> None:
        if not lines:
            return
        if self.hear:
            for line in lines:
                self.hear(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        prefix = f"{now} [{self.version}] [{pid}] ".encode()
        with self.path.open("ab") as file:
            file.write(b"".join(prefix + line + b"\n" for line in lines))
