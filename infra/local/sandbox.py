"""One execution environment: a process with the real Lambda runtime, which holds at most one request at a time."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from infra.local.http import Listener, listen
from infra.local.logs import Log
from infra.local.release import Release, Target
from infra.local.runtime_api import Invocation, RuntimeApi

__all__ = ["Launch", "Outcome", "Sandbox", "StartFailed", "failure"]

SHUTDOWN = 0.5  # seconds that Lambda gives a runtime with an internal extension, and none without one


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation gave: the payload as the runtime posted it, and whether it is an error's."""

    payload: bytes
    error: bool = False


@dataclass(frozen=True)
class Launch:
    """All that a process needs to start."""

    command: list[str]
    environment: dict[str, str]
    folder: Path
    scratch: Path


class StartFailed(Exception):
    """The init phase ended in an error, an exit, or its time limit."""

    def __init__(self, outcome: Outcome, timed_out: bool = False) -> None:
        super().__init__(outcome.payload.decode(errors="replace"))
        self.outcome, self.timed_out = outcome, timed_out


def failure(kind: str, message: str) -> Outcome:
    return Outcome(orjson.dumps({"errorType": kind, "errorMessage": message}), error=True)


class Sandbox:
    """Tells `on_free` when it can take the next request, `on_gone` once when its process has ended."""

    def __init__(self, release: Release, log: Log, on_free: Callable[["Sandbox"], None],
                 on_gone: Callable[["Sandbox"], None]) -> None:  # fmt: skip
        self.release, self.log, self.on_free, self.on_gone = release, log, on_free, on_gone
        self.api = RuntimeApi(self, release.function, release.version, release.handler)
        self.idle_since = time.monotonic()
        self.start_s = 0.0
        self.gone = False
        self._leaving = False
        self._loop = asyncio.get_running_loop()
        self._listener: Listener | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._started: asyncio.Future[Outcome | None] = self._loop.create_future()
        self._request_id = ""
        self._answer: asyncio.Future[Outcome] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self, launch: Callable[[int], Launch], limit: float) -> None:
        """Returns when the init phase is over. Raises StartFailed."""
        began = time.perf_counter()
        self._listener = await listen(self.api.handle)
        plan = launch(self._listener.port)
        plan.scratch.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *plan.command, cwd=plan.folder, env=plan.environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._watch = asyncio.create_task(self._until_exit(self._process, plan.scratch))
        try:
            problem = await asyncio.wait_for(asyncio.shield(self._started), limit)
        except TimeoutError:
            self.kill()
            raise StartFailed(failure("Sandbox.Timedout", f"init timed out after {limit:.2f} seconds"), True) from None
        if problem:
            self.kill()
            raise StartFailed(problem)
        self.start_s = time.perf_counter() - began

    def invoke(self, target: Target, payload: bytes, request_id: str) -> asyncio.Future[Outcome]:
        """Only when free. The future is done when the answer is there, which may be before the sandbox is free."""
        timeout = self.release.timeout
        self._request_id, self._answer = request_id, self._loop.create_future()
        self._timer = self._loop.call_later(timeout, self._timed_out)
        deadline = int((time.time() + timeout) * 1000)
        self.api.deliver(Invocation(request_id, payload, target.arn, deadline))
        return self._answer

    def serves(self, request_id: str) -> bool:
        """Is this its last request?"""
        return self._request_id == request_id

    def ready(self) -> None:
        if not self._started.done():
            self._started.set_result(None)
        elif self._answer is not None and self._answer.done() and not self.gone and not self._leaving:
            if self._timer:
                self._timer.cancel()
            self._answer = None
            self.idle_since = time.monotonic()
            self.on_free(self)

    def answered(self, request_id: str, payload: bytes, error: bool) -> bool:
        if request_id != self._request_id or self._answer is None or self._answer.done():
            return False
        self._answer.set_result(Outcome(payload, error))
        return True

    def failed(self, error: bytes) -> None:
        if not self._started.done():
            self._started.set_result(Outcome(error, error=True))

    def kill(self) -> None:
        """Ends the process and its children at once. `on_gone` follows when the system has reaped it."""
        if self._process and self._process.returncode is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()

    def let_go(self) -> None:
        """Lambda's shutdown phase: with an extension SIGTERM, and SIGKILL if it is still there when the time is up;
        SIGKILL at once without one, and in the midst of a request or of its init."""
        if self._leaving:
            return  # a second SIGTERM would cut the first one short
        self._leaving = True
        idle = self._started.done() and (self._answer is None or self._answer.done())
        if idle and self.api.extended and self._process:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_later(SHUTDOWN, self.kill)
        else:
            self.kill()

    async def stopped(self) -> None:
        self.kill()
        await self.ended()

    async def ended(self) -> None:
        if self._watch:
            await self._watch

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def _timed_out(self) -> None:
        if self._answer and not self._answer.done():
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            words = f"{now} {self._request_id} Task timed out after {self.release.timeout:.2f} seconds"
            self.log.write(words.encode() + b"\n", self.pid)
            self._answer.set_result(failure("Sandbox.Timedout", words))
        self.kill()

    async def _until_exit(self, process: asyncio.subprocess.Process, scratch: Path) -> None:
        lines = asyncio.create_task(self._log_lines(process))
        code = await process.wait()
        self.gone = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what the function started and left behind
        if self._timer:
            self._timer.cancel()
        self._report_exit(code)
        await asyncio.wait([lines], timeout=1)
        self.api.close()
        if self._listener:
            self._listener.close()
        self.log.end(process.pid)
        shutil.rmtree(scratch, ignore_errors=True)
        self.on_gone(self)

    async def _log_lines(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        while chunk := await process.stdout.read(65536):
            self.log.write(chunk, process.pid)

    def _report_exit(self, code: int) -> None:
        how = f"signal: {signal.Signals(-code).name.removeprefix('SIG').lower()}" if code < 0 else f"exit status {code}"
        words = f"RequestId: {self._request_id or 'init'} Error: Runtime exited with error: {how}"
        words = words.replace("signal: kill", "signal: killed")
        if self._answer and not self._answer.done():
            self._answer.set_result(failure("Runtime.ExitError", words))
        if not self._started.done():
            self._started.set_result(failure("Runtime.ExitError", words))
