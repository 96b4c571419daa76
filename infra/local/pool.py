"""Which sandbox takes the next request of a release? A free one, else a new one, else the request waits its turn."""

import asyncio
import contextlib
import os
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.local.code import CodeStore
from infra.local.console import say
from infra.local.logs import Log
from infra.local.release import Release, Target
from infra.local.sandbox import Launch, Outcome, Sandbox, StartFailed, failure
from serin.errors import Throttled

__all__ = ["INIT_LIMIT", "Hear", "Pool"]

INIT_LIMIT = 10.0
Hear = Callable[[Outcome | Throttled], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """A request that waits for a sandbox, at most until then by the event loop's clock."""

    target: Target
    payload: bytes
    request_id: str
    hear: Hear
    until: float


class Pool:
    """The sandboxes of one release, at most `most` of them; waiting requests are served first come, first served."""

    def __init__(self, release: Release, code: CodeStore, environ: Callable[[Release], dict[str, str]], most: int,
                 hear: Callable[[bytes], None] | None = None) -> None:  # fmt: skip
        self.release, self.code, self.environ, self.most = release, code, environ, most
        self.log = Log(code.home / "logs" / f"{release.function}.log", release.version, hear)
        self.all: set[Sandbox] = set()
        self.free: list[Sandbox] = []
        self._waiting: deque[Turn] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._starting: set[asyncio.Task[None]] = set()
        self._closed = False

    def invoke(self, target: Target, payload: bytes, request_id: str, hear: Hear) -> None:
        """`hear` is told the outcome, or of Throttled when no sandbox became free within the function's own timeout
        (and two inits)."""
        while self.free:
            sandbox = self.free.pop()
            if not sandbox.gone:  # it may have died between its turn and ours
                sandbox.invoke(target, payload, request_id, hear)
                return
        loop = asyncio.get_running_loop()
        turn = Turn(target, payload, request_id, hear, loop.time() + 2 * INIT_LIMIT + self.release.timeout)
        self._waiting.append(turn)
        if self._timer is None:
            self._timer = loop.call_at(turn.until, self._expire)
        self._scale_out()

    def _expire(self) -> None:
        """All wait equally long, so the first to come is the first whose time is up."""
        loop = asyncio.get_running_loop()
        while self._waiting and self._waiting[0].until <= loop.time():
            self._waiting.popleft().hear(Throttled(
                f"all {self.most} sandboxes of {self.release.function}:{self.release.version} stayed busy; "
                "--max-sandboxes allows more"
            ))  # fmt: skip
        self._timer = loop.call_at(self._waiting[0].until, self._expire) if self._waiting else None

    def _scale_out(self) -> None:
        while len(self._starting) < len(self._waiting) and len(self.all) < self.most and not self._closed:
            sandbox = Sandbox(self.release, self.log, self._hand_on, self._lost)
            self.all.add(sandbox)
            task = asyncio.create_task(self._start(sandbox))
            self._starting.add(task)
            task.add_done_callback(self._start_ended)

    def _start_ended(self, task: asyncio.Task[None]) -> None:
        self._starting.discard(task)
        self._scale_out()

    async def _start(self, sandbox: Sandbox, limit: float = INIT_LIMIT) -> None:
        try:
            folder = await asyncio.to_thread(self.code.folder, self.release)
            await sandbox.start(lambda port: self._launch(folder, port), limit)
        except StartFailed as failed:
            await self._start_failed(sandbox, failed, limit)
        except Exception as error:
            self.all.discard(sandbox)
            self._fail_one(StartFailed(failure("Runtime.InvalidEntrypoint", f"{type(error).__name__}: {error}")))
        else:
            self._hand_on(sandbox)

    async def _start_failed(self, sandbox: Sandbox, failed: StartFailed, limit: float) -> None:
        """As on Lambda, an init that ran into its limit is tried once more, within the function's timeout."""
        await sandbox.stopped()
        if failed.timed_out and limit == INIT_LIMIT and not self._closed:
            again = Sandbox(self.release, self.log, self._hand_on, self._lost)
            self.all.add(again)
            await self._start(again, self.release.timeout)
        else:
            self._fail_one(failed)

    def _fail_one(self, failed: StartFailed) -> None:
        if not self._closed:
            say(f"{self.release.function}:{self.release.version} failed in its init phase: {str(failed)[:500]}")
        if self._waiting:
            self._waiting.popleft().hear(failed.outcome)

    def _hand_on(self, sandbox: Sandbox) -> None:
        if not self._waiting:
            self.free.append(sandbox)
            return
        turn = self._waiting.popleft()
        sandbox.invoke(turn.target, turn.payload, turn.request_id, turn.hear)

    def _lost(self, sandbox: Sandbox) -> None:
        self.all.discard(sandbox)
        with contextlib.suppress(ValueError):
            self.free.remove(sandbox)
        self._scale_out()

    def stop_idle(self, older_than: float) -> None:
        for sandbox in [one for one in self.free if time.monotonic() - one.idle_since >= older_than]:
            self.free.remove(sandbox)
            sandbox.let_go()

    def retire(self) -> None:
        """No new sandboxes; the free ones end now, the busy ones with the idle sweep."""
        self.stop_idle(0)

    async def close(self) -> None:
        self._closed = True
        if self._timer:
            self._timer.cancel()
        for task in list(self._starting):
            task.cancel()
        sandboxes = list(self.all)
        for sandbox in sandboxes:
            sandbox.let_go()
        await asyncio.gather(*(one.ended() for one in sandboxes), return_exceptions=True)

    def _launch(self, folder: Path, port: int) -> Launch:
        command, path = self.code.command(folder, self.release.handler)
        scratch = self.code.home / "scratch" / uuid.uuid4().hex
        environment = self.environ(self.release) | {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            "LAMBDA_TASK_ROOT": str(folder),
            "PYTHONPATH": path,
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "PATH": os.environ.get("PATH", os.defpath),
        }
        return Launch(command, environment, folder, scratch)
