"""How many requests did a release fail by its own account? An error tells its client no release; the log does."""

from datetime import UTC, datetime
from pathlib import Path

__all__ = ["failures"]


def failures(home: Path, release: int, since: float) -> int:
    """From the logs that the local cloud keeps in its home, where each line begins with its time and the release.

    `since`, in seconds, leaves out what a run before this one left in the same home.
    """
    start, wrote = datetime.fromtimestamp(since, UTC).isoformat(), f"[{release}]"
    logs = [log.read_text(errors="replace") for log in (home / "logs").glob("*.log")]
    lines = [line.split() for log in logs for line in log.splitlines() if line.endswith("inference failed")]
    return sum(line[0] >= start and line[1] == wrote for line in lines)
