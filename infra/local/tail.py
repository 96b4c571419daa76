"""What did one invocation log and take? START, the function's own lines, END and REPORT, as Lambda tells them to who
asks with LogType=Tail. Nobody else pays for it."""

import asyncio
import base64
import math
import time
from pathlib import Path

from infra.local.fleet import Fleet, Invoked
from infra.local.pool import Pool
from infra.local.sandbox import Sandbox

__all__ = ["Tail"]

_MOST = 4096
_TURNS = 5
"""Of the event loop, which by then has read and logged what the function had printed before its response."""


class Tail:
    """Opened before the invocation: what was there by then is not its own, and a sandbox that was not there yet was
    started for it. Lines that the function prints after its response may come too late to be in it."""

    def __init__(self, fleet: Fleet, function: str) -> None:
        self._fleet, self._function = fleet, function
        self._before = set(self._sandboxes())
        self._log = fleet.code.home / "logs" / f"{function}.log"
        self._read = self._log.stat().st_size if self._log.exists() else 0
        self._began = time.perf_counter()

    async def header(self, done: Invoked) -> tuple[bytes, bytes]:
        """The last 4 KB, in base64. The REPORT line goes to the function's log too."""
        seconds = time.perf_counter() - self._began
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        sandbox = next((one for one in self._sandboxes() if one.serves(done.request_id)), None)
        report = self._report(done, sandbox, seconds)
        own = self._own_lines(f"[{done.version}] [{sandbox.pid}] ") if sandbox else []
        if sandbox:
            sandbox.log.add(report.encode(), sandbox.pid)
        lines = [f"START RequestId: {done.request_id} Version: {done.version}", *own,
                 f"END RequestId: {done.request_id}", report]  # fmt: skip
        text = "".join(f"{line}\n" for line in lines).encode()
        return b"x-amz-log-result", base64.b64encode(text[-_MOST:])

    def _report(self, done: Invoked, sandbox: Sandbox | None, seconds: float) -> str:
        start_ms = sandbox.start_s * 1000 if sandbox and sandbox not in self._before else None
        ms = max(0.01, seconds * 1000 - (start_ms or 0.0))
        memory = next(one.release.memory_mb for one in self._pools() if one.release.version == done.version)
        parts = [
            f"REPORT RequestId: {done.request_id}", f"Duration: {ms:.2f} ms", f"Billed Duration: {math.ceil(ms)} ms",
            f"Memory Size: {memory} MB", f"Max Memory Used: {_used_mb(sandbox)} MB",
        ]  # fmt: skip
        return "\t".join([*parts, *([f"Init Duration: {start_ms:.2f} ms"] if start_ms is not None else []), ""])

    def _own_lines(self, prefix: str) -> list[str]:
        if not self._log.exists():  # the function has never printed anything
            return []
        with self._log.open("rb") as file:
            file.seek(self._read)
            text = file.read().decode(errors="replace")
        return [line.split(prefix, 1)[1] for line in text.splitlines() if prefix in line]

    def _sandboxes(self) -> list[Sandbox]:
        return [one for pool in self._pools() for one in pool.all]

    def _pools(self) -> list[Pool]:
        return [pool for key, pool in self._fleet.pools.items() if key[0] == self._function]


def _used_mb(sandbox: Sandbox | None) -> int:
    """The most that the process had; 0 where it is gone, or the system does not say."""
    try:
        status = Path(f"/proc/{sandbox.pid if sandbox else 0}/status").read_text()
    except OSError:
        return 0
    high = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0")
    return math.ceil(int(high.split()[1]) / 1024)
