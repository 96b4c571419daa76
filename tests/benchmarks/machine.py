"""On what machine was it measured, and what else did that machine do?"""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

__all__ = ["Facts", "facts", "load"]

Facts = dict[str, str | int | float]
_PACKAGES = ("numpy", "onnxruntime", "orjson", "scikit-learn")
_ROOT = Path(__file__).parents[2]


def facts() -> Facts:
    """As of now: processor, versions, commit and load."""
    known: Facts = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "cores": os.cpu_count() or 0}
    known |= {"processor": _processor(), "architecture": platform.machine(), "Python": platform.python_version()}
    known |= {name: version(name) for name in _PACKAGES}
    commit = {"commit": found} if (found := _commit()) else {}
    return {**known, **commit, "load before": load()}


def load() -> float:
    """How many processes ran or wanted to, on average over the last minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit() -> str:
    """With a plus where files differ from it; empty outside of a work tree."""
    try:
        head, changes = (_git(*ask) for ask in (("rev-parse", "--short=10", "HEAD"), ("status", "--porcelain")))
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head}+" if changes else head


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(_ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
