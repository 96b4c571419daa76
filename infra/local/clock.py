"""What happens in the local cloud without being asked: metrics settle, alarms are judged, schedules come due,
and messages come back."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from infra.local.console import say
from infra.local.events import Bus
from infra.local.watch import Watch

__all__ = ["Clock"]


class Clock:
    """Looks once a second, and more often when the schedules' minute is shorter than that."""

    def __init__(self, bus: Bus, *more: Callable[[float], Awaitable[None]]) -> None:
        self.bus, self.watch = bus, Watch(bus)
        self._steps = (self.watch.judge, bus.fire_due, *more)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self._once(time.time())
            await asyncio.sleep(min(1.0, self.bus.schedules.minute))

    async def _once(self, now: float) -> None:
        """A fault of one look must not stop the clock."""
        for step in self._steps:
            try:
                await step(now)
            except Exception as error:
                say(f"the clock's {step.__name__} failed: {type(error).__name__}: {error}")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
