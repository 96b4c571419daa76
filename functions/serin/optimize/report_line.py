"""What does Lambda say that an invocation took? Read from the REPORT line at the end of its log.

    REPORT RequestId: 5f…  Duration: 1.92 ms  Billed Duration: 2 ms  Memory Size: 512 MB  Max Memory Used: 93 MB  …

with tabs between its parts. Init Duration (Restore Duration with SnapStart) stands there for the first request of a
sandbox only.
"""

import re
from dataclasses import dataclass

__all__ = ["Report", "report_of"]

_PART = re.compile(r"^\s*(?P<name>[A-Z][A-Za-z ]*): (?P<number>\d+(?:\.\d+)?) (?P<unit>ms|MB)\s*$")


@dataclass(frozen=True)
class Report:
    """`start_ms` is what the sandbox took to start, None where it was there already."""

    duration_ms: float
    billed_ms: int
    memory_mb: int
    used_mb: int
    start_ms: float | None = None


def report_of(log: str) -> Report | None:
    """Of the last REPORT line, for a function may print what looks like one. None where there is none, or not whole.

    >>> report_of("REPORT RequestId: 1\\tDuration: 1.50 ms\\tBilled Duration: 2 ms\\tMemory Size: 128 MB"
    ...           "\\tMax Memory Used: 60 MB\\tInit Duration: 210.04 ms\\t")
    Report(duration_ms=1.5, billed_ms=2, memory_mb=128, used_mb=60, start_ms=210.04)
    """
    lines = [line for line in log.splitlines() if line.startswith("REPORT RequestId: ")]
    if not lines:
        return None
    parts = {found["name"]: float(found["number"]) for part in lines[-1].split("\t") if (found := _PART.match(part))}
    try:
        return Report(
            parts["Duration"],
            int(parts["Billed Duration"]),
            int(parts["Memory Size"]),
            int(parts["Max Memory Used"]),
            parts.get("Init Duration", parts.get("Restore Duration")),
        )
    except KeyError:
        return None
