"""Is a local cloud running from this home, where does it listen, and how does a program start one for itself?"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from serin.errors import Unavailable

__all__ = ["Running", "default_home", "environment", "launch", "read", "remove", "write"]

FILE = "local.json"


@dataclass(frozen=True)
class Running:
    """The content of <home>/local.json: how to reach a running local cloud."""

    pid: int
    aws_endpoint: str
    gateway: str
    stage: str
    api_url: str
    region: str
    account: str
    keys: dict[str, str] = field(default_factory=dict)
    started_at: str = ""


def default_home() -> Path:
    return Path(os.environ.get("SERIN_HOME") or Path.home() / ".serin")


def read(home: Path | None = None) -> Running | None:
    """None when nothing runs, also when a file was left behind by a process that was killed."""
    try:
        running = Running(**orjson.loads(((home or default_home()) / FILE).read_bytes()))
        os.kill(running.pid, 0)
    except (OSError, orjson.JSONDecodeError, TypeError):
        return None
    return running


def write(home: Path, running: Running) -> None:
    """In one step, so that whoever sees the file sees all of it."""
    draft = home / f"{FILE}.{os.getpid()}"
    draft.write_bytes(orjson.dumps(asdict(running), option=orjson.OPT_INDENT_2))
    draft.replace(home / FILE)


def remove(home: Path) -> None:
    (home / FILE).unlink(missing_ok=True)


@contextlib.contextmanager
def launch(assembly: Path, home: Path, *, bundled: bool = False, max_sandboxes: int | None = None,
           idle_seconds: float | None = None, state: Path | None = None, tick: float | None = None,
           patience: float = 60.0) -> Iterator[Running]:  # fmt: skip
    """A local cloud of one's own, as a subprocess that ends with the block. Raises Unavailable if it can't start."""
    command = [sys.executable, "-m", "infra.local", "--assembly", str(assembly), "--home", str(home)]
    command += ["--bundled"] if bundled else []
    command += ["--max-sandboxes", str(max_sandboxes)] if max_sandboxes else []
    command += ["--idle-seconds", str(idle_seconds)] if idle_seconds else []
    command += ["--state", str(state)] if state else []
    command += ["--tick", str(tick)] if tick else []
    home.mkdir(parents=True, exist_ok=True)
    with (home / "console.log").open("ab") as console:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=console, env=environment()
        )
    try:
        yield _wait(process, home, time.monotonic() + patience)
    finally:
        _end(process)


def environment() -> dict[str, str]:
    """For a child that must find infra and serin as this process did, installed or not."""
    here = Path(__file__).parents[2]
    known = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(here / "functions"), str(here), *known])}


def _wait(process: subprocess.Popen[bytes], home: Path, until: float) -> Running:
    """The child says `ready` or closes its output, so there is nothing to poll."""
    assert process.stdout
    timer = threading.Timer(max(0.0, until - time.monotonic()), process.kill)
    timer.start()
    try:
        for line in process.stdout:
            if line.startswith(b"ready") and (running := read(home)):
                return running
    finally:
        timer.cancel()
    said = (home / "console.log").read_text(errors="replace")[-2000:]
    raise Unavailable(f"the local cloud did not start:\n{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
