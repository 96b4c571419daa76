"""All sandboxes of the local cloud: pools by release, reserved concurrency by function, idle ones let go."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from infra.local.callers import credentials
from infra.local.code import CodeStore
from infra.local.ids import new_id
from infra.local.metrics import Meter
from infra.local.pool import Pool
from infra.local.release import LATEST, REGION, Release, Target, resolve
from infra.local.sandbox import Outcome
from serin.errors import Throttled, TooLarge

__all__ = ["Fleet", "Invoked"]

MAX_PAYLOAD = 6 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Invoked:
    request_id: str
    version: str
    outcome: Outcome


Heard = Callable[[Invoked | Throttled], None]


class Fleet:
    def __init__(self, code: CodeStore, max_sandboxes: int, idle_seconds: float = 300.0, minute: float = 60.0) -> None:
        self.code, self.max_sandboxes, self.idle_seconds, self.minute = code, max_sandboxes, idle_seconds, minute
        self.endpoint = ""
        self.meter = Meter()
        self.pools: dict[tuple[str, str, str], Pool] = {}
        self._running: Counter[str] = Counter()
        self._sweep = asyncio.create_task(self._let_go())

    async def invoke(self, function: str, qualifier: str | None, payload: bytes) -> Invoked:
        """Raises NotFound, Throttled, TooLarge; a function's own error is an outcome. Each is measured."""
        done: asyncio.Future[Invoked] = asyncio.get_running_loop().create_future()

        def hear(found: Invoked | Throttled) -> None:
            if done.done():
                return
            if isinstance(found, Invoked):
                done.set_result(found)
            else:
                done.set_exception(found)

        self.begin(function, qualifier, payload, hear)
        return await done

    def begin(self, function: str, qualifier: str | None, payload: bytes, hear: Heard) -> None:
        """As `invoke`, for who does not wait: `hear` is told once, with Throttled where no sandbox became free. What
        can be refused at once is raised."""
        began = time.perf_counter()
        target = self._target(function, qualifier, payload)
        request_id, version = new_id(), target.release.version

        def heard(found: Outcome | Throttled) -> None:
            self._running[function] -= 1
            if isinstance(found, Throttled):
                self.meter.throttled(function, qualifier)
                hear(found)
            else:
                self.meter.invoked(function, qualifier, version, found.error, time.perf_counter() - began)
                hear(Invoked(request_id, version, found))

        self._running[function] += 1
        self.pool(target.release).invoke(target, payload, request_id, heard)

    def _target(self, function: str, qualifier: str | None, payload: bytes) -> Target:
        if len(payload) > MAX_PAYLOAD:
            raise TooLarge(f"Request must be smaller than {MAX_PAYLOAD} bytes for the InvokeFunction operation")
        target = resolve(function, qualifier)
        if target.reserved is not None and self._running[function] >= target.reserved:
            self.meter.throttled(function, qualifier)
            raise Throttled("Rate Exceeded. ReservedFunctionConcurrentInvocationLimitExceeded")
        return target

    def pool(self, release: Release) -> Pool:
        pool = self.pools.get(release.key)
        if pool is None:
            pool = self.pools[release.key] = Pool(
                release, self.code, self._environ, self.max_sandboxes, self.meter.hear
            )
            if release.version == LATEST:
                self._retire_older(release)
        return pool

    def _retire_older(self, release: Release) -> None:
        for key, pool in list(self.pools.items()):
            if key[:2] == release.key[:2] and key != release.key:
                pool.retire()

    async def _let_go(self) -> None:
        while True:
            await asyncio.sleep(min(self.idle_seconds / 2, 30))
            for pool in self.pools.values():
                pool.stop_idle(self.idle_seconds)

    async def close(self) -> None:
        self._sweep.cancel()
        await asyncio.gather(*(pool.close() for pool in self.pools.values()))

    def _environ(self, release: Release) -> dict[str, str]:
        """The function's own variables, then what Lambda sets, which they can't replace."""
        group = f"/aws/lambda/{release.function}"
        return release.environment | credentials(release.role, release.function) | {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Not the Python that runs here: from 3.12 on, awslambdaric waits for work on a thread, and only then
            # can the main thread hear SIGTERM while it waits.
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{release.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": release.function,
            "AWS_LAMBDA_FUNCTION_VERSION": release.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(release.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": f"[{release.version}]",
            "SERIN_MINUTE_S": str(self.minute),  # schedules may hurry here, and whoever they wake must know
            "_HANDLER": release.handler,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
        }  # fmt: skip
